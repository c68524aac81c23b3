/** e^x of every number, over their sum. A logit of −∞ gets the probability 0.
 * @param {Float32Array} logits
 * @returns {Float32Array} */
export function softmax(logits) {
  let largest = -Infinity;
  for (const logit of logits) if (logit > largest) largest = logit;
  const powers = logits.map((logit) => Math.exp(logit - largest));
  let total = 0;
  for (const power of powers) total += power;
  return powers.map((power) => power / total);
}
