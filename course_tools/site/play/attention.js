// @ts-check
/* A sentence to play with: which words the one under the pointer looks at, and how much. Lesson 03, section 5. */
import { largest } from "../../javascript/sampling.js";
import { softmax } from "../../javascript/softmax.js";

/** The softmax over the scores up to the query's own place; ahead of it all is 0.
 * @type {(scores: number[], query: number) => number[]} */
export function weights(scores, query) {
  return [...softmax(Float32Array.from(scores, (score, key) => (key <= query ? score : -Infinity)))];
}

/** The places of the largest weights, the largest first. @type {(shares: number[], count: number) => number[]} */
export function most(shares, count) {
  return largest(shares, count).filter((place) => shares[place] > 0);
}

/** @type {(share: number) => string} */
function percent(share) {
  return `${(100 * share).toFixed(0)}\u00a0%`;
}

/** Words of the sentence within another language: they are read from the left. @type {(text: string) => string} */
function apart(text) {
  return `\u2066${text}\u2069`;
}

/** Fill a box that holds the words, with the scores of all pairs. @param {HTMLElement} box */
export function play(box) {
  const group = /** @type {HTMLElement} */ (box.querySelector(".words"));
  const words = /** @type {HTMLElement[]} */ ([...group.querySelectorAll(".word")]);
  const names = words.map((word) => word.querySelector("b")?.textContent ?? "");
  const heads = /** @type {string[]} */ (JSON.parse(box.dataset.heads ?? "[]"));
  const scores = /** @type {number[][][]} */ (JSON.parse(box.dataset.scores ?? "[]"));
  const texts = /** @type {Record<string, string>} */ (JSON.parse(box.dataset.texts ?? "{}"));
  let query = Number(box.dataset.query);

  const says = document.createElement("p");
  says.setAttribute("role", "status");
  const choice = document.createElement("select");
  choice.name = "head";
  choice.append(...heads.map((head, i) => new Option(head, String(i))));

  const show = () => {
    const shares = weights(scores[Number(choice.value)][query], query);
    words.forEach((word, i) => {
      word.style.setProperty("--share", String(shares[i]));
      word.classList.toggle("future", i > query);
      word.setAttribute("aria-checked", String(i === query));
      word.tabIndex = i === query ? 0 : -1;
      const number = word.querySelector(".share");
      if (number) number.textContent = i > query ? "" : percent(shares[i]);
    });
    const named = most(shares, 3).map((i) => apart(`${names[i]} (${percent(shares[i])})`));
    says.textContent = texts.looks.replace("{0}", apart(names[query])).replace("{1}", named.join(texts.between));
  };

  /** @type {(place: number) => void} */
  const look = (place) => {
    query = Math.min(Math.max(place, 0), words.length - 1);
    show();
  };

  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-label", texts.group);
  words.forEach((word, i) => {
    word.setAttribute("role", "radio");
    for (const event of ["pointerenter", "focus", "click"]) word.addEventListener(event, () => look(i));
  });
  /** @type {Record<string, () => number>} */
  const ways = {
    ArrowLeft: () => query - 1,
    ArrowUp: () => query - 1,
    ArrowRight: () => query + 1,
    ArrowDown: () => query + 1,
    Home: () => 0,
    End: () => words.length - 1,
  };
  group.addEventListener("keydown", (event) => {
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    look(way());
    words[query].focus();
  });
  choice.addEventListener("change", show);

  const controls = document.createElement("div");
  controls.className = "controls";
  const label = document.createElement("label");
  label.append(`${texts.head} `, choice);
  controls.append(label);
  box.prepend(controls);
  box.append(says);
  show();
}
