/** The text as it stands: tokens that were typed, and tokens that were written behind them. */

export class Text {
  constructor() {
    /** @type {number[]} */
    this.ids = [];
    /** @type {string[]} what each token shows */
    this.pieces = [];
    this.typed = 0; // tokens
    this.ended = false; // its last token is the one that ends a text
  }

  /** Begin anew. @param {number[]} ids
   * @param {string[]} pieces */
  begin(ids, pieces) {
    [this.ids, this.pieces, this.typed, this.ended] = [ids, pieces, ids.length, false];
  }

  /** @param {number} id
   * @param {string} piece
   * @param {boolean} ends */
  append(id, piece, ends) {
    this.ids.push(id);
    this.pieces.push(piece);
    this.ended = ends;
  }

  /** @param {number} length  tokens that stay */
  cut(length) {
    if (length >= this.ids.length) return;
    this.ids.length = this.pieces.length = length;
    this.typed = Math.min(this.typed, length);
    this.ended = false;
  }

  /** Where the next token goes; of a text that has ended, in the place of its end.
   * @returns {number} */
  get end() {
    return this.ids.length - (this.ended ? 1 : 0);
  }

  /** How many tokens were written.
   * @returns {number} */
  get written() {
    return this.ids.length - this.typed;
  }
}
