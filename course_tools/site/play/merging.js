// @ts-check
/* A text to play with: from its bytes to tokens, one merge after the other. Lesson 01, section 8. */
import { splitWords } from "../../javascript/words.js";

/**
 * @typedef {[number, number]} Pair  two ids: bytes are their own, and merge i makes 256 + i
 * @typedef {{merge: number, words: number[][]}} Step  the merge that was made last, -1 for none, and each word's ids
 */

/** Each occurrence of the pair, from left to right, replaced by the new id.
 * @type {(ids: number[], pair: Pair, id: number) => number[]} */
export function mergePair(ids, pair, id) {
  const merged = [];
  for (let i = 0; i < ids.length; i++) {
    const fits = ids[i] === pair[0] && ids[i + 1] === pair[1];
    merged.push(fits ? id : ids[i]);
    if (fits) i++;
  }
  return merged;
}

/** Every state of a text, from its bytes to where no merge fits: the merge learnt first is made first, in all words.
 * @type {(text: string, merges: Pair[]) => Step[]} */
export function steps(text, merges) {
  const ranks = new Map(merges.map((pair, rank) => [String(pair), rank]));
  let words = splitWords(text).map((word) => [...new TextEncoder().encode(word)]);
  const made = [{ merge: -1, words }];
  for (;;) {
    let first = Infinity;
    for (const ids of words) {
      for (let i = 0; i + 1 < ids.length; i++)
        first = Math.min(first, ranks.get(`${ids[i]},${ids[i + 1]}`) ?? Infinity);
    }
    if (first === Infinity) return made;
    words = words.map((ids) => mergePair(ids, merges[first], 256 + first));
    made.push({ merge: first, words });
  }
}

/** The bytes that an id stands for. @type {(id: number, merges: Pair[]) => number[]} */
export function bytesOf(id, merges) {
  return id < 256 ? [id] : merges[id - 256].flatMap((part) => bytesOf(part, merges));
}

/** An id as it is shown: · for a space, two digits for a byte that is a part of a letter.
 * @type {(id: number, merges: Pair[]) => string} */
export function shown(id, merges) {
  const bytes = bytesOf(id, merges);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
    return text.replaceAll(" ", "·").replaceAll("\n", "↵");
  } catch {
    return bytes.map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(" ");
  }
}

/** @type {(label: string, field: HTMLElement) => HTMLLabelElement} */
function labelled(label, field) {
  const box = document.createElement("label");
  box.append(`${label} `, field);
  return box;
}

/** Fill a box that has a text and merges with what one can do with them. @param {HTMLElement} box */
export function play(box) {
  const merges = /** @type {Pair[]} */ (JSON.parse(box.dataset.merges ?? "[]"));
  const text = document.createElement("textarea");
  Object.assign(text, { name: "text", rows: 2, maxLength: 300, value: box.dataset.text ?? "", spellcheck: false });
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: "0", step: "1", name: "merges" });
  const next = document.createElement("button");
  Object.assign(next, { type: "button", textContent: "Next merge" });
  const pieces = document.createElement("p");
  pieces.className = "pieces";
  const says = document.createElement("p");
  says.setAttribute("role", "status");
  let made = steps(text.value, merges);

  const show = () => {
    const { merge, words } = made[Number(slider.value)];
    const ids = words.flat();
    pieces.replaceChildren(
      ...ids.map((id) => {
        const piece = document.createElement("code");
        piece.textContent = shown(id, merges);
        piece.classList.toggle("new", id === 256 + merge);
        return piece;
      }),
    );
    next.disabled = slider.value === slider.max;
    const count = `${ids.length} ${merge < 0 ? "bytes" : ids.length === 1 ? "token" : "tokens"}`;
    const parts = merge < 0 ? [] : merges[merge].map((id) => `“${shown(id, merges)}”`);
    const what = merge < 0 ? "No merge yet" : `Merge ${merge + 1} of ${merges.length}, ${parts.join(" and ")}`;
    says.textContent = `${what}: ${count}.${next.disabled && merge >= 0 ? " No other merge fits." : ""}`;
  };

  const anew = () => {
    made = steps(text.value, merges);
    slider.max = String(made.length - 1);
    slider.value = "0";
    show();
  };

  text.addEventListener("input", anew);
  slider.addEventListener("input", show);
  next.addEventListener("click", () => {
    slider.stepUp();
    show();
  });
  const controls = document.createElement("div");
  controls.className = "controls";
  controls.append(labelled("merges", slider), next);
  box.replaceChildren(labelled("your text", text), controls, pieces, says);
  anew();
}
