/**
 * What the model is shown of a text: all of it, until it has more tokens than the model's window.
 *
 * Then the window moves up to its last `keep` tokens, and grows again from there. Where it begins depends on the number
 * of tokens alone: the same text has the same next words, whichever way one has come to it.
 */

/** Where the window of so many tokens begins.
 * @param {number} length
 * @param {number} window
 * @param {number} keep
 * @returns {number} */
export function windowStart(length, window, keep) {
  const step = window + 1 - keep; // tokens from one move to the next
  return length <= window ? 0 : step * Math.ceil((length - window) / step);
}

export class Reader {
  /** @param {import("./decoder.js").Decoder} decoder
   * @param {number} [keep]  of the window when it is full */
  constructor(decoder, keep = Math.max(1, Math.floor(decoder.config.window / 2))) {
    this.decoder = decoder;
    this.keep = keep;
    this.start = 0;
    /** @type {number[]} tokens whose keys and values the cache holds */
    this.cached = [];
  }

  /** The logits of what comes after these tokens. Only those that the cache does not hold go through the model.
   * @param {number[]} ids
   * @returns {Float32Array} (V) */
  logits(ids) {
    return this.decoder.logits(this.read(ids, 1));
  }

  /** What every head attends to at the last `queries` tokens of the window.
   * @param {number[]} ids
   * @param {number} queries
   * @returns {{start: number, queries: number, tokens: number, weights: Float32Array}}
   *   weights: (layer, head, query, token), the tokens counted from `start` */
  attention(ids, queries) {
    const { n_layer, n_head, window } = this.decoder.config;
    const start = windowStart(ids.length, window, this.keep);
    const T = ids.length - start;
    const rows = Math.min(queries, T);
    const weights = new Float32Array(n_layer * n_head * rows * T);
    this.read(ids, rows, (position, layer, head, row) => {
      const query = position - (T - rows);
      if (query >= 0) weights.set(row, ((layer * n_head + head) * rows + query) * T);
    });
    return { start, queries: rows, tokens: T, weights };
  }

  /** Read what is new, and at least the last `least` tokens. Returns the stream at the last one.
   * @param {number[]} ids
   * @param {number} least
   * @param {(position: number, layer: number, head: number, row: Float32Array) => void} [watch]
   * @returns {Float32Array} (C) */
  read(ids, least, watch) {
    const start = windowStart(ids.length, this.decoder.config.window, this.keep);
    const shown = ids.slice(start);
    let position = 0;
    if (start === this.start) {
      const known = Math.min(this.cached.length, shown.length - least);
      while (position < known && this.cached[position] === shown[position]) position++;
    }
    /** @type {Float32Array} */
    let stream = new Float32Array();
    for (; position < shown.length; position++) {
      const here = position;
      const report =
        watch &&
        ((/** @type {number} */ layer, /** @type {number} */ head, /** @type {Float32Array} */ row) =>
          watch(here, layer, head, row));
      stream = this.decoder.read(shown[here], here, report);
    }
    [this.start, this.cached] = [start, shown];
    return stream;
  }
}
