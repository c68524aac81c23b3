// @vitest-environment jsdom
import { distribution, play } from "./sampling.js";

const LOGITS = [0.5, 0.25, 0.125, 0.125].map(Math.log);

test("without filters the distribution is the softmax", () => {
  const shares = distribution(LOGITS, { temperature: 1, top_k: 4, top_p: 1, min_p: 0 });
  expect(shares).toEqual([0.5, 0.25, 0.125, 0.125].map((share) => expect.closeTo(share, 6)));
});

test("a slider takes tokens out, and says how many stay", () => {
  const box = document.createElement("div");
  box.innerHTML = `<ol>${LOGITS.map((x) => `<li data-logit="${x}"><span class="share"></span></li>`).join("")}</ol>`;
  play(box);
  const status = () => box.querySelector("[role=status]")?.textContent;
  expect(status()).toMatch(/^4 /);
  const slider = /** @type {HTMLInputElement} */ (box.querySelector("input[name=top-p]"));
  slider.value = "0.6";
  slider.dispatchEvent(new Event("input"));
  expect(status()).toMatch(/^2 /);
  expect([...box.querySelectorAll("li")].map((row) => row.classList.contains("gone"))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(box.querySelector("li")?.style.getPropertyValue("--share")).toMatch(/^0\.6666/);
});
