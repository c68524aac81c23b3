/**
 * What each attention head looks at: a square for each head, and the text as the chosen one sees it.
 *
 * @typedef {{pieces: string[], start: number, queries: number, tokens: number, weights: Float32Array}} Attention
 *   weights: (layer, head, query, token); the queries are the newest tokens, the tokens counted from `start`
 */
import { nameToken } from "./story.js";
import { percent, visible } from "./strings.js";

const CONTRAST = 0.6; // exponent: small weights show as well

export class Heads {
  /** @param {Document} document
   * @param {import("./strings.js").Say} say
   * @param {number} layers
   * @param {number} heads  of a layer */
  constructor(document, say, layers, heads) {
    this.document = document;
    this.say = say;
    this.heads = heads;
    this.parts = /** @type {HTMLElement} */ (document.getElementById("heads-parts"));
    this.wait = /** @type {HTMLElement} */ (document.getElementById("heads-wait"));
    this.said = /** @type {HTMLElement} */ (document.getElementById("heads-said"));
    this.text = /** @type {HTMLElement} */ (document.getElementById("heads-text"));
    this.grid = /** @type {HTMLElement} */ (document.getElementById("heads-grid"));
    /** @type {Attention | null} */
    this.seen = null;
    this.chosen = 0;
    this.asked = false; // somebody has chosen a head; until then the page shows the one that looks most sharply
    this.query = 0;
    this.squares = Array.from({ length: layers * heads }, (_, place) => this.square(place));
    this.grid.addEventListener("keydown", (event) => this.pressed(event));
    this.text.addEventListener("click", (event) => {
      const place = Array.from(this.text.children).indexOf(/** @type {HTMLElement} */ (event.target));
      if (place >= 0) this.read(place);
    });
    this.text.addEventListener("keydown", (event) => this.move(event));
  }

  /** @param {Attention | null} seen */
  show(seen) {
    this.seen = seen;
    this.parts.hidden = seen === null;
    this.wait.hidden = seen !== null;
    if (!seen) return;
    this.query = seen.queries - 1;
    this.squares.forEach((canvas, place) => this.paint(canvas, place));
    const shown = seen.pieces.slice(seen.start);
    this.text.toggleAttribute("data-cut", seen.start > 0); // what stands before is out of the model's sight
    this.text.replaceChildren(...shown.map((piece, place) => this.token(piece, place)));
    this.choose(this.asked ? this.chosen : this.sharpest());
  }

  /** The head that looks most at single tokens before the one it reads. The first token does not count: a head that
   * finds nothing looks there.
   * @returns {number} */
  sharpest() {
    const { tokens, queries } = /** @type {Attention} */ (this.seen);
    const sharpness = this.squares.map((_, head) => {
      let total = 0;
      for (let query = 0; query < queries; query++) {
        total += Math.max(0, ...this.row(head, query).subarray(1, tokens - queries + query));
      }
      return total;
    });
    return sharpness.indexOf(Math.max(...sharpness));
  }

  /** @param {number} place  layer · heads + head */
  choose(place) {
    this.chosen = place;
    this.squares.forEach((canvas, i) => {
      const button = /** @type {HTMLElement} */ (canvas.parentElement);
      button.setAttribute("aria-checked", String(i === place));
      button.tabIndex = i === place ? 0 : -1;
    });
    this.mark();
  }

  /** @param {number} place  as above, by somebody's wish */
  ask(place) {
    this.asked = true;
    this.choose(place);
  }

  /** @param {number} place  of a token that the heads read */
  read(place) {
    if (!this.seen) return;
    this.query = Math.max(0, place - (this.seen.tokens - this.seen.queries));
    this.mark();
  }

  /** Colour the text by where the chosen head looks, and say where it looks most. */
  mark() {
    if (!this.seen) return;
    const { tokens, queries, start, pieces } = this.seen;
    const row = this.row(this.chosen, this.query);
    const reading = tokens - queries + this.query;
    Array.from(this.text.children).forEach((child, place) => {
      const token = /** @type {HTMLElement} */ (child);
      token.style.setProperty("--weight", place <= reading ? String(row[place] ** CONTRAST) : "0");
      token.toggleAttribute("data-reading", place === reading);
      token.classList.toggle("unseen", place > reading);
      token.tabIndex = place === reading ? 0 : -1;
    });
    const most = row.indexOf(Math.max(...row));
    this.said.textContent = this.say("heads_said", {
      layer: Math.floor(this.chosen / this.heads) + 1,
      head: (this.chosen % this.heads) + 1,
      word: this.named(pieces[start + reading], start + reading),
      most: this.named(pieces[start + most], start + most),
      share: percent(this.say, row[most]),
    });
  }

  /** @param {string} piece
   * @param {number} place  in the whole text; the first is what begins every text
   * @returns {string} */
  named(piece, place) {
    return place === 0 && piece === "" ? this.say("begin_token") : visible(piece);
  }

  /** @param {number} head
   * @param {number} query
   * @returns {Float32Array} */
  row(head, query) {
    const { queries, tokens, weights } = /** @type {Attention} */ (this.seen);
    const begin = (head * queries + query) * tokens;
    return weights.subarray(begin, begin + tokens);
  }

  /** A pixel for each pair of the newest tokens.
   * @param {HTMLCanvasElement} canvas
   * @param {number} place */
  paint(canvas, place) {
    const { queries, tokens } = /** @type {Attention} */ (this.seen);
    canvas.width = canvas.height = queries;
    const context = canvas.getContext("2d");
    if (!context) return;
    context.fillStyle = getComputedStyle(canvas).color;
    for (let query = 0; query < queries; query++) {
      const row = this.row(place, query).subarray(tokens - queries);
      for (let token = 0; token <= query; token++) {
        context.globalAlpha = Math.min(1, 0.06 + row[token] ** CONTRAST);
        context.fillRect(token, query, 1, 1);
      }
    }
  }

  /** @param {number} place
   * @returns {HTMLCanvasElement} */
  square(place) {
    const layer = Math.floor(place / this.heads) + 1;
    const head = (place % this.heads) + 1;
    if (head === 1) {
      const label = Object.assign(this.document.createElement("span"), { className: "layer" });
      label.textContent = this.say("layer", { layer });
      this.grid.append(label);
      this.grid.style.setProperty("--heads", String(this.heads));
    }
    const button = Object.assign(this.document.createElement("button"), { type: "button" });
    const canvas = this.document.createElement("canvas");
    button.setAttribute("role", "radio");
    button.setAttribute("aria-label", this.say("head", { layer, head }));
    button.append(canvas);
    button.addEventListener("click", () => this.ask(place));
    this.grid.append(button);
    return canvas;
  }

  /** @param {string} piece
   * @param {number} place
   * @returns {HTMLElement} */
  token(piece, place) {
    const token = this.document.createElement("span");
    token.setAttribute("role", "button");
    const begins = piece === "" && place + /** @type {Attention} */ (this.seen).start === 0;
    nameToken(token, begins ? this.say("begin_token") : piece, "");
    token.classList.toggle("begin", begins);
    return token;
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.heads, ArrowUp: -this.heads };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    const to = this.chosen + (step ?? 0);
    if (!step || to < 0 || to >= this.squares.length) return;
    event.preventDefault();
    this.ask(to);
    this.squares[to].parentElement?.focus();
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !this.seen) return;
    event.preventDefault();
    const { tokens, queries } = this.seen;
    const to = Math.min(tokens - 1, Math.max(tokens - queries, tokens - queries + this.query + step));
    this.read(to);
    /** @type {HTMLElement} */ (this.text.children[to]).focus();
  }
}
