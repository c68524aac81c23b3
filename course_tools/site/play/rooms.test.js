// @vitest-environment jsdom
import { parameters, play } from "./rooms.js";

test("the parameters of a small model", () => {
  const counts = parameters({ vocabulary: 10, length: 4, width: 2, blocks: 3 });
  expect(counts).toMatchObject({ token_embedding: 20, position_embedding: 8, attention: 48, mlp: 96, head: 0 });
});

test("one goes from room to room with the arrow keys, and the model grows with its sliders", () => {
  const box = document.createElement("div");
  Object.assign(box.dataset, { vocabulary: "10", length: "4", width: "20", blocks: "1" });
  const room = (/** @type {string} */ name) => `<li data-name="${name}"><b>${name}</b><span class="count"></span></li>`;
  box.innerHTML = `<ol>${["token_embedding", "attention", "mlp"].map(room).join("")}</ol>`;
  document.body.replaceChildren(box);
  play(box);
  const chosen = () => box.querySelector("[aria-checked=true]")?.getAttribute("data-name");
  const counts = () => [...box.querySelectorAll(".count")].map((count) => count.textContent);
  expect([chosen(), counts()]).toEqual(["token_embedding", ["200", "1,600", "3,200"]]);
  const list = /** @type {Element} */ (box.querySelector("ol"));
  list.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown" }));
  expect(chosen()).toBe("attention");
  const blocks = /** @type {HTMLInputElement} */ (box.querySelector("input[name=blocks]"));
  blocks.value = "2";
  blocks.dispatchEvent(new Event("input"));
  expect(counts()).toEqual(["200", "3,200", "6,400"]);
});
