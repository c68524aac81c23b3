/** Turn the pairs (x_i, x_{i + D/2}) of each head by the angles of a position (RoPE). Changes x.
 * @param {Float32Array} x  heads side by side
 * @param {number} position
 * @param {ArrayLike<number>} frequencies  radians per position of each pair
 * @returns {Float32Array} */
export function rotate(x, position, frequencies) {
  const half = frequencies.length;
  for (let pair = 0; pair < half; pair++) {
    const angle = Math.fround(position * frequencies[pair]); // torch's angle is rounded to float32
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    for (let first = pair; first < x.length; first += 2 * half) {
      const second = first + half;
      [x[first], x[second]] = [x[first] * cos - x[second] * sin, x[second] * cos + x[first] * sin];
    }
  }
  return x;
}
