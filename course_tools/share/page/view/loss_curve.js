/**
 * How the loss fell, against the least that is possible.
 *
 * @typedef {{losses: [number, number][], validation: [number, number][], floor: number | null, tokens: number,
 *   seconds: number}} History
 */
import { number, percent } from "./strings.js";

const SVG = "http://www.w3.org/2000/svg";
const SIZE = { width: 420, height: 250, left: 40, right: 8, top: 34, bottom: 42 };
const LAST_TICK = 0.97; // of the steps: a tick behind this has its number to its left
const HIGHEST = 3; // times the last loss: the first steps would squeeze all others

/** A picture of the history, and its words.
 * @param {Document} document
 * @param {import("./strings.js").Say} say
 * @param {History} history
 * @returns {{picture: SVGElement, words: string}} */
export function lossCurve(document, say, history) {
  const { losses, validation, floor } = history;
  const nats = (/** @type {number} */ loss) =>
    number(say, loss, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
  const last = (validation.length ? validation : losses).at(-1) ?? [0, 0];
  let words = say("loss_said", { loss: nats(last[1]), steps: number(say, last[0]) });
  if (floor !== null)
    words += ` ${say("loss_floor", { floor: nats(floor), above: percent(say, last[1] / floor - 1) })}`;

  const steps = Math.max(...losses.map(([step]) => step), ...validation.map(([step]) => step));
  const values = [...losses, ...validation].map(([, loss]) => loss);
  const low = Math.min(floor ?? Infinity, ...values) * 0.92;
  const high = Math.min(Math.max(...values), HIGHEST * last[1]);
  const x = (/** @type {number} */ step) => SIZE.left + (step / steps) * (SIZE.width - SIZE.left - SIZE.right);
  const y = (/** @type {number} */ loss) =>
    SIZE.top + ((high - Math.min(loss, high)) / (high - low)) * (SIZE.height - SIZE.top - SIZE.bottom);
  const line = (/** @type {[number, number][]} */ points) =>
    points.map(([step, loss]) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`).join(" ");

  const svg = element("svg", { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: "img", "aria-label": words });
  for (const tick of ticks(low, high, 4)) {
    svg.append(
      element("line", { class: "grid", x1: SIZE.left, x2: SIZE.width - SIZE.right, y1: y(tick), y2: y(tick) }),
    );
    svg.append(text(number(say, tick), { x: SIZE.left - 6, y: y(tick) + 4, "text-anchor": "end" }));
  }
  for (const tick of ticks(0, steps, 4)) {
    const anchor = tick === 0 ? "start" : tick > LAST_TICK * steps ? "end" : "middle"; // none beyond the picture
    svg.append(text(number(say, tick), { x: x(tick), y: SIZE.height - SIZE.bottom + 18, "text-anchor": anchor }));
  }
  svg.append(text(say("loss_steps"), { x: SIZE.width - SIZE.right, y: SIZE.height - 4, "text-anchor": "end" }));
  svg.append(text(say("loss_nats"), { x: 0, y: 13, "text-anchor": "start" }));
  svg.append(element("polyline", { class: "training", points: line(losses) }));
  const key = [["training", "loss_training"]];
  if (validation.length) {
    svg.append(element("polyline", { class: "validation", points: line(validation) }));
    key.push(["validation", "loss_validation"]);
  }
  if (floor !== null) {
    svg.append(
      element("line", { class: "floor", x1: SIZE.left, x2: SIZE.width - SIZE.right, y1: y(floor), y2: y(floor) }),
    );
    key.push(["floor", "loss_least"]);
  }
  key.forEach(([kind, name], place) => {
    const height = SIZE.top + 12 + 19 * place;
    const right = SIZE.width - SIZE.right - 6;
    svg.append(element("line", { class: kind, x1: right - 26, x2: right, y1: height - 4, y2: height - 4 }));
    svg.append(text(say(name), { x: right - 34, y: height, "text-anchor": "end" }));
  });
  return { picture: /** @type {SVGElement} */ (svg), words };

  /** @param {string} name
   * @param {Record<string, string | number>} attributes
   * @returns {Element} */
  function element(name, attributes) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
    return made;
  }

  /** @param {string} said
   * @param {Record<string, string | number>} attributes
   * @returns {Element} */
  function text(said, attributes) {
    const made = element("text", attributes);
    made.textContent = said;
    return made;
  }
}

/** Round numbers between two others, about `count` of them.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 * @returns {number[]} */
export function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const found = [];
  for (let place = Math.ceil(low / step); place * step <= high; place++)
    found.push(Number((place * step).toPrecision(12)));
  return found;
}
