// @vitest-environment jsdom
import { bytesOf, mergePair, play, shown, steps } from "./merging.js";

/** @type {[number, number][]} "th", "the", " the" */
const MERGES = [
  [0x74, 0x68],
  [256, 0x65],
  [0x20, 257],
];

test("a pair is replaced from left to right", () => {
  expect(mergePair([1, 1, 1, 2, 1, 1], [1, 1], 9)).toEqual([9, 1, 2, 9]);
});

test("each step makes the merge that was learnt first, in all words", () => {
  const made = steps("the the", MERGES);
  expect(made.map(({ merge }) => merge)).toEqual([-1, 0, 1, 2]);
  expect(made.at(-1)?.words).toEqual([[257], [258]]);
});

test("a token is shown as its text, a part of a letter as its byte", () => {
  expect([258, 0xc3].map((id) => shown(id, MERGES))).toEqual(["·the", "C3"]);
  expect(bytesOf(258, MERGES)).toEqual([0x20, 0x74, 0x68, 0x65]);
});

test("what somebody writes is in bytes at first, and a button makes the next merge", () => {
  const box = document.createElement("div");
  box.dataset.merges = JSON.stringify(MERGES);
  box.dataset.text = "x";
  play(box);
  const text = /** @type {HTMLTextAreaElement} */ (box.querySelector("textarea"));
  const button = /** @type {HTMLButtonElement} */ (box.querySelector("button"));
  const pieces = () => [...box.querySelectorAll(".pieces code")].map((piece) => piece.textContent);
  expect(button.disabled).toBe(true); // nothing fits
  text.value = "the";
  text.dispatchEvent(new Event("input"));
  expect(pieces()).toEqual(["t", "h", "e"]);
  button.click();
  expect(pieces()).toEqual(["th", "e"]);
  button.click();
  expect(pieces()).toEqual(["the"]);
  expect(button.disabled).toBe(true);
});
