/** The settings of lesson 12: how the next token is drawn. */
import { number } from "./strings.js";

const K = [1, 2, 3, 5, 10, 20, 50, 100, 200]; // what top-k goes through before "all"
/** @type {{name: "temperature" | "top_k" | "top_p" | "min_p", min: number, max: number, step: number, first: number}[]} */
const SETTINGS = [
  { name: "temperature", min: 0, max: 2, step: 0.05, first: 0.8 },
  { name: "top_k", min: 0, max: K.length, step: 1, first: K.length },
  { name: "top_p", min: 0.05, max: 1, step: 0.01, first: 1 },
  { name: "min_p", min: 0, max: 0.5, step: 0.01, first: 0 },
];

export class Sliders {
  /** @param {HTMLElement} box
   * @param {import("./strings.js").Say} say
   * @param {() => void} changed */
  constructor(box, say, changed) {
    this.say = say;
    this.changed = changed;
    /** @type {Map<string, HTMLInputElement>} */
    this.inputs = new Map();
    for (const setting of SETTINGS) {
      const input = this.slider(box, setting);
      this.inputs.set(setting.name, input);
      input.addEventListener("input", () => {
        this.label(setting.name);
        changed();
      });
      this.label(setting.name);
    }
  }

  /** What is set; null where a filter leaves everything in.
   * @returns {import("../../../javascript/sampling.js").Sampling} */
  get sampling() {
    const [k, p, m] = [this.value("top_k"), this.value("top_p"), this.value("min_p")];
    return {
      temperature: this.value("temperature"),
      top_k: k < K.length ? K[k] : null,
      top_p: p < 1 ? p : null,
      min_p: m > 0 ? m : null,
    };
  }

  /** Everything as it was when the page was opened. */
  reset() {
    for (const { name, first } of SETTINGS) {
      const input = this.inputs.get(name);
      if (input) input.value = String(first);
      this.label(name);
    }
    this.changed();
  }

  /** @param {string} name
   * @returns {number} */
  value(name) {
    return Number(this.inputs.get(name)?.value);
  }

  /** @param {string} name */
  label(name) {
    const input = this.inputs.get(name);
    if (!input) return;
    const value = Number(input.value);
    let said = number(this.say, value, { minimumFractionDigits: 2 });
    if (name === "top_k") said = value < K.length ? number(this.say, K[value]) : this.say("all");
    else if (name === "top_p" && value === 1) said = this.say("all");
    else if (name === "min_p" && value === 0) said = this.say("off");
    input.setAttribute("aria-valuetext", said);
    const output = input.parentElement?.querySelector("output");
    if (output) output.textContent = said;
  }

  /** @param {HTMLElement} box
   * @param {{name: string, min: number, max: number, step: number, first: number}} setting
   * @returns {HTMLInputElement} */
  slider(box, { name, min, max, step, first }) {
    const document = box.ownerDocument;
    const row = document.createElement("div");
    row.className = "slider";
    const label = Object.assign(document.createElement("label"), { htmlFor: name, textContent: this.say(name) });
    const output = document.createElement("output");
    const input = Object.assign(document.createElement("input"), { type: "range", id: name });
    Object.assign(input, { min: String(min), max: String(max), step: String(step) });
    input.value = String(first); // only now: a range cuts its value to the limits that it has
    const hint = Object.assign(document.createElement("p"), { className: "hint", id: `${name}-hint` });
    hint.textContent = this.say(`${name}_hint`);
    input.setAttribute("aria-describedby", hint.id);
    row.append(label, output, input, hint);
    box.append(row);
    return input;
  }
}
