import { Reader, windowStart } from "./reader.js";

test("the window stays until it is full, then moves up to half", () => {
  expect([1, 8, 9, 12, 13, 14].map((length) => windowStart(length, 8, 4))).toEqual([0, 0, 5, 5, 5, 10]);
});

test("what the cache holds is not read again, and what was changed is", () => {
  /** @type {[number, number][]} */
  const read = [];
  const decoder = {
    config: { window: 8 },
    read: (/** @type {number} */ token, /** @type {number} */ position) => read.push([token, position]),
    logits: () => new Float32Array(),
  };
  const reader = new Reader(/** @type {any} */ (decoder));
  reader.logits([5, 6, 7]);
  reader.logits([5, 6, 7, 8]);
  reader.logits([5, 9]);
  expect(read).toEqual([
    [5, 0],
    [6, 1],
    [7, 2],
    [8, 3],
    [9, 1],
  ]);
});
