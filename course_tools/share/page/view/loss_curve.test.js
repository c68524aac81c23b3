// @vitest-environment jsdom
import texts from "../strings.json" with { type: "json" };
import { lossCurve, ticks } from "./loss_curve.js";
import { speaker } from "./strings.js";

/** @type {[number, number][]} */
const LOSSES = [
  [100, 4],
  [200, 1.5],
  [300, 1],
];

test("ticks are round numbers", () => {
  expect(ticks(0, 1200, 4)).toEqual([0, 500, 1000]);
  expect(ticks(0.46, 2.4, 4)).toEqual([0.5, 1, 1.5, 2]);
});

test("the picture is named by what it shows, and its words say how far it is to the floor", () => {
  const history = { losses: LOSSES, validation: [LOSSES[2]], floor: 0.8, tokens: 0, seconds: 0 };
  const { picture, words } = lossCurve(document, speaker(texts), history);
  expect(words).toContain("1.000 nats per token after 300 steps");
  expect(words).toContain("25% above");
  expect(picture.getAttribute("aria-label")).toBe(words);
  expect(picture.querySelectorAll("polyline")).toHaveLength(2);
  expect(picture.querySelectorAll(".floor")).toHaveLength(2); // and in the key
});

test("without a floor nothing is said of one", () => {
  const history = { losses: LOSSES, validation: [], floor: null, tokens: 0, seconds: 0 };
  const { picture, words } = lossCurve(document, speaker(texts), history);
  expect(words).toBe("Validation loss 1.000 nats per token after 300 steps.");
  expect(picture.querySelectorAll(".floor")).toHaveLength(0);
});
