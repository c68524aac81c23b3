import { placeOf, reading } from "./loss.js";

const LOG = { losses: [3, 2, 1], every: 50, tokens: 3000, floor: 0.5, vocabulary: Math.E ** 4 };

test("a mean is read with its step, its tokens, and its distance to the floor", () => {
  const found = reading(LOG, 1);
  expect(found).toMatchObject({ step: 100, tokens: 2000, loss: 2, above: 1.5, times: Math.exp(1.5) });
  expect(found.way).toBeCloseTo((100 * 2) / 3.5, 9);
});

test("the slider's way is as long for each factor", () => {
  expect([0, 1 / 3, 2 / 3, 1].map((share) => placeOf(share, 1000))).toEqual([0, 9, 99, 999]);
});
