/** The story: a text whose tokens can be selected, by pointer or with the arrow keys. */
import { visible } from "./strings.js";

const FIRST = 1; // the first token begins every text: the model was not asked for it

export class Story {
  /** @param {HTMLElement} box
   * @param {import("./strings.js").Say} say
   * @param {(place: number | null) => void} select  is told which token was selected, null for none */
  constructor(box, say, select) {
    this.box = box;
    this.say = say;
    this.select = select;
    /** @type {HTMLElement[]} */
    this.tokens = [];
    /** @type {number | null} */
    this.selected = null;
    box.addEventListener("click", (event) => this.clicked(event));
    box.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** Show exactly these tokens. Those that are there already stay as they are.
   * @param {string[]} pieces
   * @param {number} prompt  how many of them somebody typed
   * @param {boolean} writing */
  show(pieces, prompt, writing) {
    while (this.tokens.length > pieces.length) this.tokens.pop()?.remove();
    pieces.forEach((piece, place) => {
      const token = this.tokens[place] ?? this.add(place);
      if (token.textContent !== piece || piece === "")
        nameToken(token, piece, place === 0 ? this.say("begin_token") : "");
      token.classList.toggle("typed", place < prompt);
      token.classList.toggle("fixed", place < FIRST);
    });
    this.box.classList.toggle("writing", writing);
    if (this.selected !== null && this.selected >= pieces.length) this.mark(null);
    this.tabStop();
  }

  /** @param {number | null} place */
  mark(place) {
    this.selected = place;
    this.tokens.forEach((token, i) => token.toggleAttribute("data-selected", i === place));
    this.tabStop();
  }

  /** @param {number} place
   * @returns {HTMLElement} */
  add(place) {
    const token = this.box.ownerDocument.createElement("span");
    token.setAttribute("role", "button");
    token.tabIndex = -1;
    this.tokens[place] = token;
    this.box.append(token);
    return token;
  }

  /** One token can be reached with the tab key, the others with the arrows from there. */
  tabStop() {
    const stop = this.selected ?? this.tokens.length - 1;
    this.tokens.forEach((token, i) => {
      token.tabIndex = i === stop ? 0 : -1;
    });
  }

  /** @param {Event} event */
  clicked(event) {
    const place = this.tokens.indexOf(/** @type {HTMLElement} */ (event.target));
    if (place >= FIRST) this.select(place === this.selected ? null : place);
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const now = this.tokens.indexOf(/** @type {HTMLElement} */ (event.target));
    if (now < 0) return;
    const backwards = getComputedStyle(this.box).direction === "rtl" ? "ArrowRight" : "ArrowLeft";
    const forwards = backwards === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    let to = now;
    if (event.key === backwards) to = Math.max(FIRST, now - 1);
    else if (event.key === forwards) to = Math.min(this.tokens.length - 1, now + 1);
    else if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    this.select(to);
    this.tokens[to].focus();
  }
}

/** Give a token its text, and words for those who hear it where there is nothing to be seen.
 * @param {HTMLElement} token
 * @param {string} piece
 * @param {string} otherwise  its name if it has no text
 * @returns {void} */
export function nameToken(token, piece, otherwise) {
  token.textContent = piece;
  if (piece.trim() === "") token.setAttribute("aria-label", otherwise || visible(piece));
  else token.removeAttribute("aria-label");
}
