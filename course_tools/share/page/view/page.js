/** The page: it keeps the text, asks the worker, and shows what comes back. */
import { aboutRows } from "./about.js";
import { Heads } from "./heads.js";
import { lossCurve } from "./loss_curve.js";
import { NextWords } from "./next_words.js";
import { Sliders } from "./sliders.js";
import { Story } from "./story.js";
import { number, speaker } from "./strings.js";

const LONGEST = 600; // tokens that one press of the button writes at most

export class Page {
  /** @param {Document} document
   * @param {{postMessage: (message: any) => void}} worker */
  constructor(document, worker) {
    const data = (/** @type {string} */ name) => JSON.parse(document.getElementById(`${name}-data`)?.textContent ?? "{}");
    this.document = document;
    this.worker = worker;
    this.say = speaker(data("strings"));
    this.model = data("model");
    this.about = data("about");
    this.version = 0; // of the text: what the worker says of an older one is too late
    /** @type {number[]} */
    this.ids = [];
    /** @type {string[]} */
    this.pieces = [];
    this.typed = { prompt: "", tokens: 0 };
    this.busy = true; // the model is not there yet, or writes
    this.ended = false;
    /** @type {import("../model/worker.js").Next | null} */
    this.next = null;
    this.drawn = false; // whether a picture of all this is on its way
    this.story = new Story(this.element("story"), (place) => this.select(place));
    this.nextWords = new NextWords(this.element("candidates"), this.element("kept"), this.say, (id) => this.choose(id));
    this.sliders = new Sliders(this.element("sliders"), this.say, () => this.look());
    this.heads = new Heads(document, this.say, this.model.config.n_layer, this.model.config.n_head);
    this.listen();
    this.tell();
    this.ask("load", { model: this.model, weights: this.taken("weights-data"), tokenizer: this.taken("tokenizer-data") });
  }

  listen() {
    this.element("controls").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.writing) this.stop();
      else this.write(LONGEST);
    });
    this.element("step").addEventListener("click", () => this.write(1));
    this.element("again").addEventListener("click", () => this.begin(0));
    this.element("back").addEventListener("click", () => this.select(null));
    this.element("reset").addEventListener("click", () => {
      this.sliders.reset();
      this.look();
    });
    this.prompt.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      if (!this.busy) this.write(LONGEST);
    });
    this.document.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** Say whose model it is and how it learnt; that does not change. */
  tell() {
    for (const [what, value] of aboutRows(this.say, this.about, this.model.config)) {
      const [term, said] = [this.document.createElement("dt"), this.document.createElement("dd")];
      [term.textContent, said.textContent] = [what, value];
      this.element("about-list").append(term, said);
    }
    if (!this.about.history.losses?.length) return;
    const { picture, words } = lossCurve(this.document, this.say, this.about.history);
    this.element("loss-curve").append(picture);
    this.element("loss-said").textContent = words;
    this.element("loss").hidden = false;
  }

  /** Go on with the text, or begin another if there is none, it has ended, or something else was typed.
   * @param {number} count  of tokens at most */
  write(count) {
    if (this.busy) return;
    if (this.story.selected !== null) this.cut(this.story.selected + 1);
    if (this.ended || this.ids.length === 0 || this.prompt.value !== this.typed.prompt) this.begin(count);
    else this.writeOn(count);
  }

  /** Begin with what was typed, and write so many tokens. @param {number} count */
  begin(count) {
    this.change();
    this.afterBegin = count;
    this.typed.prompt = this.prompt.value;
    this.ask("begin", { prompt: this.prompt.value });
  }

  /** @param {number} count */
  writeOn(count) {
    this.change();
    this.writing = this.busy = true;
    const pause = count === 1 ? 0 : Number(/** @type {HTMLSelectElement} */ (this.element("pace")).value);
    this.status(this.say("writing"));
    this.ask("write", { ids: this.ids, sampling: this.sliders.sampling, limit: count, pause });
    this.draw();
  }

  stop() {
    this.change();
    this.rest();
  }

  /** Let the text have another version: what the worker still says of this one is left aside. */
  change() {
    this.version++;
    this.writing = this.busy = false;
    this.story.mark(null);
  }

  /** Look at the end of the text as it is now. */
  rest() {
    this.writing = this.busy = false;
    const written = this.ids.length - this.typed.tokens;
    if (written > 0) this.status(this.say("stopped", { count: number(this.say, written) }));
    this.look();
    this.ask("attention", { ids: this.ended ? this.ids.slice(0, -1) : this.ids });
    this.draw();
  }

  /** Ask what may come next: at the end, or where a token is selected. */
  look() {
    if (this.writing || this.ids.length === 0) return;
    const end = this.story.selected ?? (this.ended ? this.ids.length - 1 : this.ids.length);
    this.ask("look", { ids: this.ids.slice(0, end), sampling: this.sliders.sampling });
  }

  /** @param {number | null} place */
  select(place) {
    if (this.writing) return;
    this.story.mark(place);
    this.look();
    this.draw();
  }

  /** Let this token stand where one is selected, or at the end. @param {number} id */
  choose(id) {
    if (this.busy || !this.next) return;
    const place = this.story.selected ?? this.ids.length - (this.ended ? 1 : 0);
    this.cut(place);
    this.change();
    this.busy = true;
    this.ask("append", { ids: [...this.ids, id] });
  }

  /** @param {number} length  tokens that stay */
  cut(length) {
    if (length >= this.ids.length) return;
    this.ids.length = this.pieces.length = length;
    this.typed.tokens = Math.min(this.typed.tokens, length);
    this.ended = false;
  }

  /** An answer of the worker. @param {any} said */
  hear(said) {
    if (said.version !== this.version) return;
    if (said.kind === "failed") this.fail(said.message);
    if (said.kind === "ready") this.begin(0);
    if (said.kind === "begun") {
      [this.ids, this.pieces, this.ended] = [said.ids, said.pieces, false];
      this.typed.tokens = said.ids.length;
      this.element("speed").textContent = "";
      if (this.afterBegin) this.writeOn(this.afterBegin);
      else {
        this.status(this.say("ready"));
        this.rest();
      }
    }
    if (said.kind === "written") {
      this.ids.push(said.id);
      this.pieces.push(said.piece);
      this.ended = said.ends;
      this.next = said.next;
      if (said.count > 1) {
        const speed = (1000 * (said.count - 1)) / said.milliseconds;
        this.element("speed").textContent = this.say("speed", { speed: number(this.say, Math.round(speed)) });
      }
      if (!this.writing) this.rest(); // a token that somebody chose
      this.draw();
    }
    if (said.kind === "stopped") this.rest();
    if (said.kind === "next") {
      this.next = said.next;
      this.draw();
    }
    if (said.kind === "attention") this.heads.show(said.tokens > 1 ? said : null);
  }

  /** Show how things stand, once in a frame however fast the worker is. */
  draw() {
    if (this.drawn) return;
    this.drawn = true;
    requestAnimationFrame(() => {
      this.drawn = false;
      this.drawNow();
    });
  }

  drawNow() {
    const { selected } = this.story;
    const begin = this.ids.length - this.pieces.length + 1;
    this.story.show(this.pieces, this.typed.tokens, begin, Boolean(this.writing));
    this.story.box.toggleAttribute("data-ended", this.ended);
    const end = this.story.selected ?? (this.ended || this.writing ? this.ids.length - 1 : null);
    const chosen = end === null ? null : this.ids[end];
    if (this.next) this.nextWords.show(this.next, this.model.config.vocab_size, chosen, !this.busy);
    this.element("next-title").textContent = this.say(selected === null ? "next" : "next_instead");
    this.element("next-hint").textContent = this.say(selected === null ? "next_hint" : "next_instead_hint");
    this.element("back").hidden = selected === null;
    this.element("story-hint").textContent = this.say(this.ids.length > this.typed.tokens ? "story_hint" : "story_empty");
    const write = /** @type {HTMLButtonElement} */ (this.element("write"));
    write.textContent = this.say(this.writing ? "stop" : "write");
    write.disabled = this.busy && !this.writing;
    for (const name of ["step", "again"]) /** @type {HTMLButtonElement} */ (this.element(name)).disabled = this.busy;
  }

  /** Escape stops, or leaves a selected token; the digits choose among the ten. @param {KeyboardEvent} event */
  pressed(event) {
    if (event.key === "Escape") {
      if (this.writing) this.stop();
      else if (this.story.selected !== null) this.select(null);
    }
    const typing = /** @type {HTMLElement} */ (event.target).closest("textarea, input, select");
    if (typing || event.ctrlKey || event.altKey || event.metaKey || !/^\d$/.test(event.key)) return;
    const id = this.nextWords.ids[(Number(event.key) + 9) % 10];
    if (id !== undefined) this.choose(id);
  }

  /** @param {string} message */
  fail(message) {
    this.busy = true;
    this.status(this.say("failed", { message }));
    this.element("status").classList.add("problem");
    this.draw();
  }

  /** @param {string} said */
  status(said) {
    this.element("status").textContent = said;
  }

  /** @param {string} kind
   * @param {any} [content] */
  ask(kind, content = {}) {
    this.worker.postMessage({ kind, version: this.version, ...content });
  }

  /** The text of an element, which is not needed a second time. @param {string} name */
  taken(name) {
    const element = this.element(name);
    const text = element.textContent;
    element.remove();
    return text;
  }

  /** @returns {HTMLTextAreaElement} */
  get prompt() {
    return /** @type {HTMLTextAreaElement} */ (this.element("prompt"));
  }

  /** @param {string} name
   * @returns {HTMLElement} */
  element(name) {
    const found = this.document.getElementById(name);
    if (!found) throw new Error(`the page has no element called ${name}`);
    return found;
  }
}

/** Start the worker, made from the text in the page so that it works from a disk too, and the page.
 * @param {Document} document
 * @returns {void} */
export function start(document) {
  const say = speaker(JSON.parse(document.getElementById("strings-data")?.textContent ?? "{}"));
  const status = document.getElementById("status");
  if (typeof DecompressionStream === "undefined" || typeof Worker === "undefined") {
    if (status) [status.textContent, status.className] = [say("too_old"), "problem"];
    return;
  }
  const code = document.getElementById("worker-code")?.textContent ?? "";
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const page = new Page(document, worker);
  worker.onmessage = ({ data }) => page.hear(data);
  worker.onerror = ({ message }) => page.fail(message);
}
