/** The arithmetic of a decoder for one token: vectors in, vectors out. Sums are in float64, results in float32. */

const GELU_TANH_CUBIC = 0.044715;

/** W x + b, where W is (out, in) row by row. Four rows at a time: each x_j is read once for them, and none of the four
 * sums waits for another. Whole numbers are multiplied as they are, and each sum by its row's scale: 8 bits come from
 * memory faster than 32.
 * @param {import("./unpack.js").Tensor} weight
 * @param {Float32Array} x
 * @param {Float32Array} [bias]
 * @returns {Float32Array} (out) */
export function product({ shape: [height], values, scales }, x, bias) {
  const out = new Float32Array(height);
  const width = x.length;
  const inFours = height - (height % 4);
  for (let row = 0; row < inFours; row += 4) {
    const first = row * width;
    const [second, third, fourth] = [first + width, first + 2 * width, first + 3 * width];
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let j = 0; j < width; j++) {
      const value = x[j];
      a += values[first + j] * value;
      b += values[second + j] * value;
      c += values[third + j] * value;
      d += values[fourth + j] * value;
    }
    [out[row], out[row + 1], out[row + 2], out[row + 3]] = [a, b, c, d];
  }
  for (let row = inFours; row < height; row++) {
    let total = 0;
    for (let j = 0, i = row * width; j < width; j++, i++) total += values[i] * x[j];
    out[row] = total;
  }
  if (scales) for (let row = 0; row < height; row++) out[row] *= scales[row];
  if (bias) for (let row = 0; row < height; row++) out[row] += bias[row];
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
