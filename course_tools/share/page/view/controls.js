/**
 * Buttons and keys: what the reader asks for.
 *
 * @typedef {{write: () => void, step: () => void, again: () => void, back: () => void, reset: () => void,
 *   escape: () => void, digit: (place: number) => void}} Actions
 * @typedef {{writing: boolean, busy: boolean, selected: boolean, written: boolean}} State
 */

export class Controls {
  /** @param {Document} document
   * @param {import("./strings.js").Say} say
   * @param {Actions} actions */
  constructor(document, say, actions) {
    this.document = document;
    this.say = say;
    this.prompt = /** @type {HTMLTextAreaElement} */ (this.element("prompt"));
    this.element("controls").addEventListener("submit", (event) => {
      event.preventDefault();
      actions.write();
    });
    this.element("step").addEventListener("click", actions.step);
    this.element("again").addEventListener("click", actions.again);
    this.element("back").addEventListener("click", actions.back);
    this.element("reset").addEventListener("click", actions.reset);
    this.prompt.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      actions.write();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") actions.escape();
      const typing = /** @type {HTMLElement} */ (event.target).closest("textarea, input, select");
      if (typing || event.ctrlKey || event.altKey || event.metaKey || !/^\d$/.test(event.key)) return;
      actions.digit((Number(event.key) + 9) % 10); // 1 is the first, 0 the tenth
    });
  }

  /** Milliseconds between two tokens.
   * @returns {number} */
  get pause() {
    return Number(/** @type {HTMLSelectElement} */ (this.element("pace")).value);
  }

  /** @param {State} state */
  show({ writing, busy, selected, written }) {
    const write = /** @type {HTMLButtonElement} */ (this.element("write"));
    write.textContent = this.say(writing ? "stop" : "write");
    write.disabled = busy && !writing;
    for (const name of ["step", "again"]) /** @type {HTMLButtonElement} */ (this.element(name)).disabled = busy;
    this.element("next-title").textContent = this.say(selected ? "next_instead" : "next");
    this.element("next-hint").textContent = this.say(selected ? "next_instead_hint" : "next_hint");
    this.element("back").hidden = !selected;
    this.element("story-hint").textContent = this.say(written ? "story_hint" : "story_empty");
  }

  /** @param {string} said
   * @param {boolean} [problem] */
  status(said, problem = false) {
    this.element("status").textContent = said;
    this.element("status").classList.toggle("problem", problem);
  }

  /** @param {number | null} speed  tokens per second */
  speed(speed) {
    const said = speed === null ? "" : this.say("speed", { speed: Math.round(speed) });
    this.element("speed").textContent = said;
  }

  /** @param {string} name
   * @returns {HTMLElement} */
  element(name) {
    const found = this.document.getElementById(name);
    if (!found) throw new Error(`the page has no element called ${name}`);
    return found;
  }
}
