import { chances, draw, largest, likeliest, minP, topK, topP } from "./sampling.js";

const OFF = { temperature: 1, top_k: null, top_p: null, min_p: null };
const LOGITS = Float32Array.from([0.5, 0.25, 0.125, 0.125], Math.log);

test("temperature 0 is sure of the likeliest, of equals the first", () => {
  expect([...chances(Float32Array.of(1, 3, 3), { ...OFF, temperature: 0 })]).toEqual([0, 1, 0]);
});

test("temperature 1/2 squares the probabilities", () => {
  const squares = [4, 1, 0.25, 0.25].map((square) => expect.closeTo(square / 5.5, 5));
  expect([...chances(LOGITS, { ...OFF, temperature: 0.5 })]).toEqual(squares);
});

test("top-k keeps k tokens, and what ties with the last of them", () => {
  const kept = (/** @type {number} */ k) => [...topK(LOGITS, k)].map((logit) => logit > -Infinity);
  expect(kept(1)).toEqual([true, false, false, false]);
  expect(kept(3)).toEqual([true, true, true, true]);
  expect(kept(99)).toEqual([true, true, true, true]);
});

test("top-p keeps the fewest that reach p together", () => {
  const kept = (/** @type {number} */ p) => [...topP(LOGITS, p)].filter((logit) => logit > -Infinity).length;
  expect([0.3, 0.6, 0.8, 1].map(kept)).toEqual([1, 2, 3, 4]);
});

test("min-p keeps what is at least that share as likely as the likeliest", () => {
  const kept = (/** @type {number} */ p) => [...minP(LOGITS, p)].filter((logit) => logit > -Infinity).length;
  expect([0, 0.3, 0.6, 1].map(kept)).toEqual([4, 2, 1, 1]);
});

test("of equal numbers the first is the likeliest", () => {
  expect(likeliest(Float32Array.of(1, 3, 3, 2))).toBe(1);
  expect(largest(Float32Array.of(1, 3, 3, 2, 5), 3)).toEqual([4, 1, 2]);
  expect(largest(Float32Array.of(1, 3), 3)).toEqual([1, 0]);
});

test("a draw is the token at which the sum passes the number", () => {
  const shares = Float32Array.of(0.25, 0, 0.5, 0.25);
  expect([0, 0.24, 0.25, 0.74, 0.75, 0.999999].map((number) => draw(shares, number))).toEqual([0, 0, 2, 2, 3, 3]);
  expect(draw(Float32Array.of(0.5, 0.4999, 0), 0.99999)).toBe(1); // never one without a chance
});
