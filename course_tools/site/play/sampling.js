// @ts-check
/* A distribution to play with: what temperature, top-k, top-p and min-p leave of it. Lesson 12, section 6. */

/**
 * @typedef {object} Sampling  How the next token is chosen; the filters act in this order, as in the course's library.
 * @property {number} temperature  above 0
 * @property {number} topK  how many tokens stay at most
 * @property {number} topP  above 0, at most 1
 * @property {number} minP  0 to 1
 */

/** @type {(logits: number[]) => number[]} */
export function softmax(logits) {
  const largest = Math.max(...logits);
  const exps = logits.map((x) => Math.exp(x - largest));
  const sum = exps.reduce((a, b) => a + b, 0);
  return exps.map((x) => x / sum);
}

/** The k most likely tokens stay, and what ties with the last of them. @type {(logits: number[], k: number) => number[]} */
export function topK(logits, k) {
  const kth = [...logits].sort((a, b) => b - a)[Math.min(k, logits.length) - 1];
  return logits.map((x) => (x < kth ? -Infinity : x));
}

/** A token stays if the sum before it is below p. @type {(logits: number[], p: number) => number[]} */
export function topP(logits, p) {
  if (p >= 1) return [...logits]; // a rounded sum may reach 1 before the last token
  const probabilities = softmax(logits);
  const order = logits.map((_, i) => i).sort((a, b) => logits[b] - logits[a] || a - b);
  const kept = logits.map(() => -Infinity);
  let before = 0;
  for (const i of order) {
    if (before < p) kept[i] = logits[i];
    before += probabilities[i];
  }
  return kept;
}

/** Tokens stay that are at least p times as likely as the most likely one. @type {(logits: number[], p: number) => number[]} */
export function minP(logits, p) {
  const probabilities = softmax(logits);
  const least = p * Math.max(...probabilities);
  return logits.map((x, i) => (probabilities[i] < least ? -Infinity : x));
}

/** The probabilities that a token is drawn with. @type {(logits: number[], how: Sampling) => number[]} */
export function distribution(logits, how) {
  const warmed = logits.map((x) => x / how.temperature);
  return softmax(minP(topP(topK(warmed, how.topK), how.topP), how.minP));
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
    topK: slider("top-k", logits.length, 1, logits.length, 1),
    topP: slider("top-p", 1, 0.05, 1, 0.05),
    minP: slider("min-p", 0, 0, 1, 0.05),
  };
  const says = document.createElement("p");
  says.setAttribute("role", "status");

  const show = () => {
    const how = /** @type {Sampling} */ (
      Object.fromEntries(Object.entries(sliders).map(([name, input]) => [name, Number(input.value)]))
    );
    const chances = distribution(logits, how);
    rows.forEach((row, i) => {
      row.style.setProperty("--share", String(chances[i]));
      row.classList.toggle("gone", chances[i] === 0);
      const number = row.querySelector(".share");
      if (number) number.textContent = chances[i] === 0 ? "gone" : `${(100 * chances[i]).toFixed(1)} %`;
    });
    for (const input of Object.values(sliders)) {
      if (input.nextElementSibling) input.nextElementSibling.textContent = input.value;
    }
    says.textContent = `${chances.filter((chance) => chance > 0).length} of ${rows.length} tokens stay.`;
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
