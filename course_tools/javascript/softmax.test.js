import { softmax } from "./softmax.js";

test("equal logits share, and −∞ has no probability", () => {
  expect([...softmax(Float32Array.of(2, -Infinity, 2))]).toEqual([0.5, 0, 0.5]);
});

test("the largest logit is taken off first, so that nothing overflows", () => {
  expect([...softmax(Float32Array.of(1000, 1000 - Math.log(3)))]).toEqual([
    expect.closeTo(0.75, 4),
    expect.closeTo(0.25, 4),
  ]);
});
