/** The arithmetic of a decoder for one token: vectors in, vectors out. Sums are in float64, results in float32. */

const GELU_TANH_CUBIC = 0.044715;

/** W x + b, where W is (out, in) row by row.
 * @param {Float32Array} weight
 * @param {Float32Array} x
 * @param {Float32Array} out  gets the result
 * @param {Float32Array | undefined} [bias]
 * @returns {Float32Array} */
export function product(weight, x, out, bias) {
  const width = x.length;
  const even = width - (width % 4);
  for (let row = 0, i = 0; row < out.length; row++) {
    let [a, b, c, d] = [0, 0, 0, 0]; // four sums that do not wait for each other
    let j = 0;
    for (; j < even; j += 4, i += 4) {
      a += weight[i] * x[j];
      b += weight[i + 1] * x[j + 1];
      c += weight[i + 2] * x[j + 2];
      d += weight[i + 3] * x[j + 3];
    }
    for (; j < width; j++, i++) a += weight[i] * x[j];
    out[row] = a + b + (c + d) + (bias ? bias[row] : 0);
  }
  return out;
}

/** (x − mean) / √(variance + eps) · weight + bias.
 * @param {Float32Array} x
 * @param {Float32Array} weight
 * @param {Float32Array} bias
 * @param {number} eps
 * @returns {Float32Array} */
export function layerNorm(x, weight, bias, eps) {
  const mean = sum(x) / x.length;
  const variance = sum(x.map((value) => (value - mean) ** 2)) / x.length;
  const scale = 1 / Math.sqrt(variance + eps);
  return x.map((value, i) => (value - mean) * scale * weight[i] + bias[i]);
}

/** x / √(mean(x²) + eps) · weight.
 * @param {Float32Array} x
 * @param {Float32Array} weight
 * @param {number} eps
 * @returns {Float32Array} */
export function rmsNorm(x, weight, eps) {
  const scale = 1 / Math.sqrt(sum(x.map((value) => value * value)) / x.length + eps);
  return x.map((value, i) => value * scale * weight[i]);
}

/** GELU as GPT-2 computes it, with a tanh.
 * @param {number} x
 * @returns {number} */
export function gelu(x) {
  return (x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + GELU_TANH_CUBIC * x ** 3)))) / 2;
}

/** x / (1 + e^−x).
 * @param {number} x
 * @returns {number} */
export function silu(x) {
  return x / (1 + Math.exp(-x));
}

/** @param {Float32Array} x
 * @returns {number} */
function sum(x) {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += x[i];
  return total;
}
