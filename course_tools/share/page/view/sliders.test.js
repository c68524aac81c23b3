// @vitest-environment jsdom
import texts from "../strings.json" with { type: "json" };
import { Sliders } from "./sliders.js";
import { speaker } from "./strings.js";

test("what is set at first leaves every token in, and a slider at its end leaves its filter out", () => {
  const box = document.createElement("div");
  let changes = 0;
  const sliders = new Sliders(box, speaker(texts), () => changes++);
  const first = { temperature: 0.8, top_k: null, top_p: null, min_p: null };
  expect(sliders.sampling).toEqual(first);
  const input = /** @type {HTMLInputElement} */ (box.querySelector("#top_k"));
  input.value = "2";
  input.dispatchEvent(new Event("input"));
  expect(sliders.sampling).toEqual({ ...first, top_k: 3 });
  expect(input.getAttribute("aria-valuetext")).toBe("3");
  sliders.reset();
  expect(sliders.sampling).toEqual(first);
  expect(changes).toBe(2);
});
