/**
 * From logits to a token, as lesson 12 does it: temperature, top-k, top-p, min-p, in this order, then a draw.
 *
 * @typedef {{temperature: number, top_k: number | null, top_p: number | null, min_p: number | null}} Sampling
 *   temperature 0 takes the likeliest; null leaves a filter out
 */
import { softmax } from "./softmax.js";

/** The probability of each token in the draw: 0 for those that the filters take out.
 * @param {Float32Array} logits
 * @param {Sampling} sampling
 * @returns {Float32Array} */
export function chances(logits, sampling) {
  if (sampling.temperature === 0) {
    const sure = new Float32Array(logits.length);
    sure[likeliest(logits)] = 1;
    return sure;
  }
  /** @type {Float32Array} */
  let kept = logits.map((logit) => logit / sampling.temperature);
  if (sampling.top_k !== null) kept = topK(kept, sampling.top_k);
  if (sampling.top_p !== null) kept = topP(kept, sampling.top_p);
  if (sampling.min_p !== null) kept = minP(kept, sampling.min_p);
  return softmax(kept);
}

/** The k likeliest stay, and those that tie with the last of them.
 * @param {Float32Array} logits
 * @param {number} k
 * @returns {Float32Array} */
export function topK(logits, k) {
  const least = Float32Array.from(logits).sort()[Math.max(0, logits.length - k)];
  return logits.map((logit) => (logit < least ? -Infinity : logit));
}

/** The fewest likeliest stay whose probabilities add up to p or more.
 * @param {Float32Array} logits
 * @param {number} p
 * @returns {Float32Array} */
export function topP(logits, p) {
  if (p === 1) return logits;
  const probabilities = softmax(logits);
  const order = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a]); // stable: of equals the smaller id
  const kept = new Float32Array(logits.length).fill(-Infinity);
  let before = 0;
  for (const id of order) {
    if (before >= p) break;
    kept[id] = logits[id];
    before += probabilities[id];
  }
  return kept;
}

/** Those stay that are at least p times as likely as the likeliest.
 * @param {Float32Array} logits
 * @param {number} p
 * @returns {Float32Array} */
export function minP(logits, p) {
  const probabilities = softmax(logits);
  const least = Math.fround(p * probabilities[likeliest(probabilities)]);
  return logits.map((logit, id) => (probabilities[id] < least ? -Infinity : logit));
}

/** The id of the largest number; of equals the smallest id.
 * @param {Float32Array} numbers
 * @returns {number} */
export function likeliest(numbers) {
  let best = 0;
  for (let id = 1; id < numbers.length; id++) if (numbers[id] > numbers[best]) best = id;
  return best;
}

/** The ids of the n largest numbers, the largest first; of equals the smaller id.
 * @param {ArrayLike<number>} numbers
 * @param {number} n
 * @returns {number[]} */
export function largest(numbers, n) {
  /** @type {number[]} */
  const best = [];
  for (let id = 0; id < numbers.length; id++) {
    if (best.length === n && numbers[id] <= numbers[best[n - 1]]) continue;
    let place = best.length;
    while (place > 0 && numbers[best[place - 1]] < numbers[id]) place--;
    best.splice(place, 0, id);
    if (best.length > n) best.pop();
  }
  return best;
}

/** Draw a token: the first at which the sum of chances passes a number between 0 and 1.
 * @param {Float32Array} probabilities
 * @param {number} number  from 0 to below 1
 * @returns {number} */
export function draw(probabilities, number) {
  let total = 0;
  let last = 0;
  for (let id = 0; id < probabilities.length; id++) {
    if (probabilities[id] === 0) continue;
    total += probabilities[id];
    last = id;
    if (number < total) return id;
  }
  return last; // rounding left the sum a little below 1
}
