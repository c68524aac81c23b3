/**
 * Byte-level BPE with GPT-2's words: from text to the ids of tokens, and back.
 *
 * @typedef {{tokens: (string | null)[], merges: [number, number][], added: [string, number, boolean][],
 *   begin: number[]}} TokenizerData
 *   tokens: by id, a character for each byte, null for ids without a learnt token;
 *   merges: pairs of ids, the first learnt first;
 *   added: text, id, and whether it is special (an end of text, say), which shows no text;
 *   begin: the ids that stand before every text
 */
import { splitWords } from "../../../javascript/words.js";

/** The visible character that stands for each byte in a vocabulary: those that cannot be seen come from U+0100 on.
 * @returns {string[]} */
export function byteCharacters() {
  let hidden = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const visible = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(visible ? byte : 256 + hidden++);
  });
}

export class Tokenizer {
  /** @param {TokenizerData} data */
  constructor(data) {
    this.data = data;
    const characters = byteCharacters();
    const byteOf = new Map(characters.map((character, byte) => [character, byte]));
    /** @type {Map<string, number>} */
    const ids = new Map();
    data.tokens.forEach((token, id) => token !== null && ids.set(token, id));
    /** @type {number[]} the id of each byte */
    this.byteIds = characters.map((character) => /** @type {number} */ (ids.get(character)));
    /** @type {Uint8Array[]} the bytes of each id */
    this.bytes = data.tokens.map((token) =>
      Uint8Array.from(token ?? "", (character) => /** @type {number} */ (byteOf.get(character))),
    );
    for (const [text, id, special] of data.added) {
      this.bytes[id] = special ? new Uint8Array() : new TextEncoder().encode(text);
    }
    /** @type {Map<number, {rank: number, id: number}>} by pair, as one number */
    this.merges = new Map();
    data.merges.forEach(([left, right], rank) => {
      const id = /** @type {number} */ (ids.get(`${data.tokens[left]}${data.tokens[right]}`));
      this.merges.set(this.pair(left, right), { rank, id });
    });
    const longestFirst = [...data.added].sort((a, b) => b[0].length - a[0].length);
    this.addedIds = new Map(data.added.map(([text, id]) => [text, id]));
    this.separators = longestFirst.length
      ? new RegExp(`(${longestFirst.map(([text]) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|")})`)
      : null;
    /** @type {Map<string, number[]>} words that were encoded before */
    this.known = new Map();
  }

  /** The ids of a text, behind those that begin every text.
   * @param {string} text
   * @returns {number[]} */
  encode(text) {
    const ids = [...this.data.begin];
    const parts = this.separators ? text.split(this.separators) : [text];
    parts.forEach((part, i) => {
      if (i % 2 === 1) ids.push(/** @type {number} */ (this.addedIds.get(part)));
      else for (const word of splitWords(part)) ids.push(...this.encodeWord(word));
    });
    return ids;
  }

  /** @param {string} word
   * @returns {number[]} */
  encodeWord(word) {
    const before = this.known.get(word);
    if (before) return before;
    const ids = Array.from(new TextEncoder().encode(word), (byte) => this.byteIds[byte]);
    for (;;) {
      let best = { rank: Infinity, id: -1 };
      let place = -1;
      for (let i = 0; i + 1 < ids.length; i++) {
        const merge = this.merges.get(this.pair(ids[i], ids[i + 1]));
        if (merge && merge.rank < best.rank) [best, place] = [merge, i];
      }
      if (place < 0) break;
      ids.splice(place, 2, best.id);
    }
    this.known.set(word, ids);
    return ids;
  }

  /** The text of each token as it becomes known: a character whose last byte is missing waits for the next token.
   * What waits when there is no next one is not shown.
   * @param {number[]} ids
   * @returns {string[]} one for each id */
  pieces(ids) {
    const decoder = this.decoder();
    return ids.map((id) => decoder(id));
  }

  /** The whole text; bytes that are not UTF-8 become U+FFFD.
   * @param {number[]} ids
   * @returns {string} */
  decode(ids) {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return ids.map((id) => decoder.decode(this.bytes[id], { stream: true })).join("") + decoder.decode();
  }

  /** A function from a token's id to the text that it completes.
   * @returns {(id: number) => string} */
  decoder() {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true }); // a byte-order mark is a character like others
    return (id) => decoder.decode(this.bytes[id], { stream: true });
  }

  /** @param {number} left
   * @param {number} right
   * @returns {number} */
  pair(left, right) {
    return left * this.data.tokens.length + right;
  }
}
