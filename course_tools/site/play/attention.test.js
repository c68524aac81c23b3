// @vitest-environment jsdom
import { most, play, weights } from "./attention.js";

test("a word looks at itself and those before it", () => {
  expect(weights([2, 2, 9], 1)).toEqual([0.5, 0.5, 0]);
});

test("the largest weights come first, and what is 0 is not named", () => {
  expect(most([0.2, 0.5, 0.2, 0.1], 3)).toEqual([1, 0, 2]);
  expect(most([1, 0, 0], 3)).toEqual([0]);
});

/** A sentence of three words that looks at all alike, and at the first alone in the second head. */
function sentence() {
  const even = [0, 0, 0];
  const first = [999, 0, 0];
  const box = document.createElement("div");
  box.dataset.query = "1";
  const texts = { looks: "{0} looks at {1}", between: ", ", head: "head", group: "The word that looks" };
  box.dataset.texts = JSON.stringify(texts);
  box.dataset.heads = JSON.stringify(["even", "first"]);
  box.dataset.scores = JSON.stringify([
    [even, even, even],
    [first, first, first],
  ]);
  const word = (/** @type {string} */ text) => `<span class="word"><b>${text}</b><span class="share"></span></span>`;
  box.innerHTML = `<div class="words">${["one", "two", "three"].map(word).join("")}</div>`;
  document.body.replaceChildren(box);
  play(box);
  return box;
}

const shares = (/** @type {Element} */ box) => [...box.querySelectorAll(".share")].map((share) => share.textContent);

test("the arrow keys go from word to word, and what is ahead has no share", () => {
  const box = sentence();
  expect(shares(box)).toEqual(["50\u00a0%", "50\u00a0%", ""]);
  const group = /** @type {Element} */ (box.querySelector("[role=radiogroup]"));
  group.dispatchEvent(new KeyboardEvent("keydown", { key: "End" }));
  expect(shares(box)).toEqual(["33\u00a0%", "33\u00a0%", "33\u00a0%"]);
  expect([...box.querySelectorAll(".word")].map((word) => word.getAttribute("tabindex"))).toEqual(["-1", "-1", "0"]);
});

test("another head looks elsewhere", () => {
  const box = sentence();
  const heads = /** @type {HTMLSelectElement} */ (box.querySelector("select"));
  heads.value = "1";
  heads.dispatchEvent(new Event("change"));
  expect(box.querySelector("[role=status]")?.textContent?.replaceAll(/[\u2066\u2069]/g, "")).toBe(
    "two looks at one (100\u00a0%)",
  );
  expect(shares(box)).toEqual(["100\u00a0%", "0\u00a0%", ""]);
});
