import { rotate } from "./rotation.js";

const ROUNDED = 6; // digits

test("each pair of each head turns by its own angle", () => {
  const turned = rotate(Float32Array.of(1, 1, 0, 0, 0, 0, 1, 1), 2, [Math.PI / 4, 0]); // two heads of two pairs
  const expected = [0, 1, 1, 0, -1, 0, 0, 1];
  turned.forEach((number, place) => expect(number).toBeCloseTo(expected[place], ROUNDED));
});

test("at position 0 nothing turns", () => {
  expect([...rotate(Float32Array.of(1, 2, 3, 4), 0, [1, 0.1])]).toEqual([1, 2, 3, 4]);
});
