// @ts-check
/* Hands to play with: pairs of numbers that turn with the position, and the score of a query and a key. Lesson 10,
   section 3. */
import { rotate } from "../../javascript/rotation.js";

/** Radians per token of each pair: 1 down to nearly 1/θ. @type {(size: number, theta: number) => number[]} */
export function frequencies(size, theta) {
  return Array.from({ length: size / 2 }, (_, i) => theta ** ((-2 * i) / size));
}

/** The numbers turned as those of a position, the pairs being (x_i, x_{i + D/2}).
 * @type {(x: number[], position: number, theta: number) => number[]} */
export function turned(x, position, theta) {
  return [...rotate(Float32Array.from(x), position, frequencies(x.length, theta))];
}

/** What each pair adds to the score of two turned vectors. @type {(q: number[], k: number[]) => number[]} */
export function products(q, k) {
  const half = q.length / 2;
  return q.slice(0, half).map((_, i) => q[i] * k[i] + q[i + half] * k[i + half]);
}

/** The dot product of a query and a key that stand at two positions.
 * @type {(query: number[], t: number, key: number[], s: number, theta: number) => number} */
export function score(query, t, key, s, theta) {
  return products(turned(query, t, theta), turned(key, s, theta)).reduce((a, b) => a + b, 0);
}

/** Two digits, a sign as it is printed, and no zero with one. @type {(x: number) => string} */
function written(x) {
  return (Math.round(100 * x) / 100 + 0).toFixed(2).replace("-", "−");
}

/** @type {(name: string, value: string | undefined, most: number) => HTMLInputElement} */
function slider(name, value, most) {
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: "0", max: String(most), step: "1", name });
  input.value = value ?? "0";
  return input;
}

/** Fill a box that holds a dial for each pair. @param {HTMLElement} box */
export function play(box) {
  const query = /** @type {number[]} */ (JSON.parse(box.dataset.query ?? "[]"));
  const key = /** @type {number[]} */ (JSON.parse(box.dataset.key ?? "[]"));
  const theta = Number(box.dataset.theta);
  const dials = [...box.querySelectorAll("figure")];
  const says = /** @type {HTMLElement} */ (box.querySelector(".says"));
  says.setAttribute("role", "status");
  const place = slider("position", box.dataset.place, 100);
  const distance = slider("distance", box.dataset.distance, 50);

  /** @type {(dial: Element, name: string, x: number, y: number) => void} */
  const point = (dial, name, x, y) => {
    const hand = dial.querySelector(`.${name}`);
    hand?.setAttribute("x2", x.toFixed(3));
    hand?.setAttribute("y2", (-y).toFixed(3)); // in pictures y grows downward
  };

  const show = () => {
    const s = Number(place.value);
    const t = s + Number(distance.value);
    const [q, k] = [turned(query, t, theta), turned(key, s, theta)];
    const parts = products(q, k);
    dials.forEach((dial, i) => {
      point(dial, "query", q[i], q[i + dials.length]);
      point(dial, "key", k[i], k[i + dials.length]);
      const number = dial.querySelector(".product");
      if (number) number.textContent = written(parts[i]);
    });
    for (const input of [place, distance]) {
      if (input.nextElementSibling) input.nextElementSibling.textContent = input.value;
    }
    const total = written(score(query, t, key, s, theta));
    says.textContent = `Key at ${s}, query at ${t}: the score is ${total}, as wherever they are ${t - s} apart.`;
  };

  const controls = document.createElement("div");
  controls.className = "controls";
  for (const input of [place, distance]) {
    const label = document.createElement("label");
    label.append(`${input.name} `, input, document.createElement("output"));
    input.addEventListener("input", show);
    controls.append(label);
  }
  box.prepend(controls);
  show();
}
