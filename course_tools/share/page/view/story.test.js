// @vitest-environment jsdom
import texts from "../strings.json" with { type: "json" };
import { Story } from "./story.js";
import { speaker } from "./strings.js";

/** A story of three tokens in a page, and what was selected in it. */
function told() {
  /** @type {(number | null)[]} */
  const selected = [];
  const box = document.createElement("div");
  document.body.replaceChildren(box);
  const story = new Story(box, speaker(texts), (place) => {
    selected.push(place);
    story.mark(place);
  });
  story.show(["", "Once", " upon"], 2, false);
  return { box, story, selected };
}

test("tokens stand one after the other, and the one that begins every text has a name", () => {
  const { box } = told();
  expect(box.textContent).toBe("Once upon");
  expect(box.children[0].getAttribute("aria-label")).toBe("(begin)");
  expect([...box.children].map((token) => token.classList.contains("typed"))).toEqual([true, true, false]);
});

test("a click selects a token, a second one lets it go, and the first token cannot be selected", () => {
  const { box, selected } = told();
  for (const place of [2, 2, 0]) /** @type {HTMLElement} */ (box.children[place]).click();
  expect(selected).toEqual([2, null]);
});

test("the arrow keys go from token to token, and one of them takes the tab key", () => {
  const { box, selected } = told();
  const tabs = () => [...box.children].map((token) => /** @type {HTMLElement} */ (token).tabIndex);
  expect(tabs()).toEqual([-1, -1, 0]);
  const event = new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true });
  box.children[2].dispatchEvent(event);
  expect(selected).toEqual([1]);
  expect(tabs()).toEqual([-1, 0, -1]);
});

test("a token that is selected is let go when the text is cut before it", () => {
  const { story } = told();
  story.mark(2);
  story.show(["", "Once"], 2, false);
  expect(story.selected).toBeNull();
});
