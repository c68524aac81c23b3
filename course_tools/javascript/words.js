/** The words of a text, before anything is merged: those of GPT-2. */

// White space as Unicode has it; a script's own \s has a byte-order mark too, and lacks U+0085.
const WORDS =
  /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** The words, most with their space in front. Together they are the text.
 * @param {string} text
 * @returns {string[]} */
export function splitWords(text) {
  return text.match(WORDS) ?? [];
}
