// @ts-check
/* A distribution to play with: what temperature, top-k, top-p and min-p leave of it. Lesson 12, section 6. */
import { chances } from "../../javascript/sampling.js";

/** The probabilities that a token is drawn with, under settings as they are in the course's library.
 * @type {(logits: number[], how: import("../../javascript/sampling.js").Sampling) => number[]} */
export function distribution(logits, how) {
  return [...chances(Float32Array.from(logits), how)];
}

/** @type {(name: string, value: number, least: number, most: number, step: number) => HTMLInputElement} */
function slider(name, value, least, most, step) {
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: String(least), max: String(most), step: String(step), name });
  input.value = String(value);
  return input;
}

/** Fill a box that holds the tokens as a list, with their logits. @param {HTMLElement} box */
export function play(box) {
  const rows = [...box.querySelectorAll("li")];
  const logits = rows.map((row) => Number(row.dataset.logit));
  const sliders = {
    temperature: slider("temperature", 1, 0.1, 3, 0.1),
    top_k: slider("top-k", logits.length, 1, logits.length, 1),
    top_p: slider("top-p", 1, 0.05, 1, 0.05),
    min_p: slider("min-p", 0, 0, 1, 0.05),
  };
  const says = document.createElement("p");
  says.setAttribute("role", "status");

  const show = () => {
    const how = /** @type {import("../../javascript/sampling.js").Sampling} */ (
      Object.fromEntries(Object.entries(sliders).map(([name, input]) => [name, Number(input.value)]))
    );
    const shares = distribution(logits, how);
    rows.forEach((row, i) => {
      row.style.setProperty("--share", String(shares[i]));
      row.classList.toggle("gone", shares[i] === 0);
      const number = row.querySelector(".share");
      if (number) number.textContent = shares[i] === 0 ? "gone" : `${(100 * shares[i]).toFixed(1)} %`;
    });
    for (const input of Object.values(sliders)) {
      if (input.nextElementSibling) input.nextElementSibling.textContent = input.value;
    }
    says.textContent = `${shares.filter((share) => share > 0).length} of ${rows.length} tokens stay.`;
  };

  const controls = document.createElement("div");
  controls.className = "controls";
  for (const input of Object.values(sliders)) {
    const label = document.createElement("label");
    label.append(`${input.name} `, input, document.createElement("output"));
    input.addEventListener("input", show);
    controls.append(label);
  }
  box.prepend(controls);
  box.append(says);
  show();
}
