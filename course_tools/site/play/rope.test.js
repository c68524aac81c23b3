// @vitest-environment jsdom
import { frequencies, play, products, score, turned } from "./rope.js";

const X = [1, 1, 0, 0];

test("the first pair turns by a radian for each token, the others more slowly", () => {
  expect(frequencies(4, 100)).toEqual([1, expect.closeTo(0.1, 9)]);
  expect(turned(X, 2, 100)).toEqual(
    [Math.cos(2), Math.cos(0.2), Math.sin(2), Math.sin(0.2)].map((x) => expect.closeTo(x, 6)),
  );
});

test("the score knows the distance alone", () => {
  expect(score(X, 7, X, 4, 100)).toBeCloseTo(score(X, 93, X, 90, 100), 5);
  expect(score(X, 3, X, 3, 100)).toBeCloseTo(2, 6);
  expect(products(X, X)).toEqual([1, 1]);
});

test("moving both keeps the score, moving one does not", () => {
  const box = document.createElement("div");
  Object.assign(box.dataset, {
    query: JSON.stringify(X),
    key: JSON.stringify(X),
    theta: "100",
    place: "4",
    distance: "3",
  });
  const dial =
    '<figure><svg><line class="query"/><line class="key"/></svg><figcaption><span class="product"></span></figcaption></figure>';
  box.innerHTML = `${dial}${dial}<p class="says"></p>`;
  play(box);
  const terms = () => [...box.querySelectorAll(".product")].map((term) => term.textContent);
  const set = (/** @type {string} */ name, /** @type {string} */ value) => {
    const slider = /** @type {HTMLInputElement} */ (box.querySelector(`input[name=${name}]`));
    slider.value = value;
    slider.dispatchEvent(new Event("input"));
  };
  const before = terms();
  const hand = box.querySelector(".query")?.getAttribute("x2");
  set("position", "40");
  expect(terms()).toEqual(before);
  expect(box.querySelector(".query")?.getAttribute("x2")).not.toBe(hand);
  set("distance", "0");
  expect(terms()).toEqual(["1.00", "1.00"]);
});
