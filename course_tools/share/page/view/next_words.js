/** The ten likeliest next tokens, as bars that can be chosen. */
import { number, percent, visible } from "./strings.js";

export class NextWords {
  /** @param {HTMLElement} list
   * @param {HTMLElement} kept  where it is said how many tokens are in the draw
   * @param {import("./strings.js").Say} say
   * @param {(id: number) => void} choose */
  constructor(list, kept, say, choose) {
    this.list = list;
    this.kept = kept;
    this.say = say;
    /** @type {number[]} */
    this.ids = [];
    list.addEventListener("click", (event) => {
      const button = /** @type {HTMLElement} */ (event.target).closest("button");
      if (button?.dataset.id) choose(Number(button.dataset.id));
    });
  }

  /** @param {import("../model/worker.js").Next} next
   * @param {number} all  tokens of the vocabulary
   * @param {number | null} chosen  the token that stands there, if one does
   * @param {boolean} canChoose */
  show(next, all, chosen, canChoose) {
    this.ids = next.candidates.map(({ id }) => id);
    next.candidates.forEach((candidate, place) => this.bar(candidate, place, candidate.id === chosen, canChoose));
    while (this.list.children.length > next.candidates.length) this.list.lastElementChild?.remove();
    const [kept, whole] = [number(this.say, next.kept), number(this.say, all)];
    const others = this.say("others", { chance: percent(this.say, next.other) });
    this.kept.textContent = `${this.say("kept", { kept, all: whole })} ${others}`;
  }

  /** @param {import("../model/worker.js").Candidate} candidate
   * @param {number} place
   * @param {boolean} chosen
   * @param {boolean} canChoose */
  bar({ id, text, probability, chance }, place, chosen, canChoose) {
    const button = this.button(place);
    const said = text === "" ? this.say("end_token") : visible(text);
    button.dataset.id = String(id);
    button.disabled = !canChoose;
    button.classList.toggle("chosen", chosen);
    button.classList.toggle("out", chance === 0);
    if (chance === 0) button.setAttribute("aria-label", this.say("candidate_out", { text: said }));
    else button.removeAttribute("aria-label"); // what is read is what stands there
    button.style.setProperty("--probability", String(probability));
    button.style.setProperty("--chance", String(chance));
    const [word, share] = button.querySelectorAll("span");
    word.textContent = said;
    share.textContent = chance === 0 ? "–" : percent(this.say, chance);
  }

  /** @param {number} place
   * @returns {HTMLButtonElement} */
  button(place) {
    const there = this.list.children[place]?.querySelector("button");
    if (there) return there;
    const document = this.list.ownerDocument;
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.append(document.createElement("span"), " ", document.createElement("span"));
    item.append(button);
    this.list.append(item);
    return button;
  }
}
