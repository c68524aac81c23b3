import { gelu, layerNorm, product, rmsNorm, silu } from "./layers.js";

/** A table of so many rows, and a vector.
 * @param {number} height
 * @param {number} width */
function given(height, width) {
  const values = Int8Array.from({ length: height * width }, (_, i) => ((7 * i) % 13) - 6);
  const x = Float32Array.from({ length: width }, (_, i) => (i % 5) - 2);
  return { values, x };
}

test.each([1, 3, 4, 6, 8])("a product of %i rows is what one sum for each row gives", (height) => {
  const width = 5;
  const { values, x } = given(height, width);
  const expected = Array.from({ length: height }, (_, row) =>
    x.reduce((total, value, j) => total + value * values[row * width + j], 0),
  );
  const shape = [height, width];
  expect([...product({ shape, values: Float32Array.from(values), scales: null }, x)]).toEqual(expected);
  const scales = Float32Array.from({ length: height }, (_, row) => 2 ** -row);
  const bias = new Float32Array(height).fill(1);
  const scaled = expected.map((sum, row) => sum * scales[row] + 1);
  expect([...product({ shape, values, scales }, x, bias)]).toEqual(scaled);
});

test("norms give what their formulas say", () => {
  const [ones, none] = [Float32Array.of(1, 1), Float32Array.of(0, 0)];
  expect([...layerNorm(Float32Array.of(3, 5), ones, none, 0)]).toEqual([-1, 1]);
  expect([...rmsNorm(Float32Array.of(1, 7), ones, 0)].map((x) => 5 * x)).toEqual([
    expect.closeTo(1, 5),
    expect.closeTo(7, 5),
  ]);
});

test("what is far below 0 does not pass", () => {
  expect([gelu(0), silu(0)]).toEqual([0, 0]);
  expect(gelu(-9)).toBeCloseTo(0, 6);
  expect(gelu(9)).toBeCloseTo(9, 6);
  expect(silu(1)).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
});
