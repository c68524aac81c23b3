/** The page: it keeps the text, asks the worker, and shows what comes back. */
import { aboutRows } from "./about.js";
import { Controls } from "./controls.js";
import { Heads } from "./heads.js";
import { lossCurve } from "./loss_curve.js";
import { NextWords } from "./next_words.js";
import { Sliders } from "./sliders.js";
import { Story } from "./story.js";
import { number, speaker } from "./strings.js";
import { Text } from "./text.js";

const LONGEST = 600; // tokens that one press of the button writes at most

export class Page {
  /** @param {Document} document
   * @param {{postMessage: (message: any) => void}} worker */
  constructor(document, worker) {
    const data = (/** @type {string} */ name) =>
      JSON.parse(document.getElementById(`${name}-data`)?.textContent ?? "{}");
    this.document = document;
    this.worker = worker;
    this.say = speaker(data("strings"));
    this.model = data("model");
    this.text = new Text();
    this.version = 0; // of the text: what the worker says of an older one is too late
    this.begunWith = ""; // what was typed
    this.afterBegin = 0; // tokens to write when the worker has begun
    this.busy = true; // the model is not there yet, or has something to do
    this.writing = false;
    /** @type {import("../model/worker.js").Next | null} */
    this.next = null;
    this.due = false; // whether the page is to be drawn in the next frame
    this.controls = new Controls(document, this.say, {
      write: () => (this.writing ? this.stop() : this.write(LONGEST)),
      step: () => this.write(1),
      again: () => this.begin(0),
      back: () => this.select(null),
      reset: () => this.sliders.reset(),
      escape: () => (this.writing ? this.stop() : this.select(null)),
      digit: (place) => this.nextWords.ids[place] !== undefined && this.choose(this.nextWords.ids[place]),
    });
    const element = (/** @type {string} */ name) => this.controls.element(name);
    this.story = new Story(element("story"), this.say, (place) => this.select(place));
    this.nextWords = new NextWords(element("candidates"), element("kept"), this.say, (id) => this.choose(id));
    this.sliders = new Sliders(element("sliders"), this.say, () => this.look());
    this.heads = new Heads(document, this.say, this.model.config.n_layer, this.model.config.n_head);
    this.tell(data("about"));
    const [weights, tokenizer] = ["weights-data", "tokenizer-data"].map((name) => this.taken(name));
    this.ask("load", { model: this.model, weights, tokenizer });
  }

  /** Say whose model it is and how it learnt; that does not change. @param {any} about */
  tell(about) {
    for (const [what, value] of aboutRows(this.say, about, this.model.config)) {
      const [term, said] = [this.document.createElement("dt"), this.document.createElement("dd")];
      [term.textContent, said.textContent] = [what, value];
      this.controls.element("about-list").append(term, said);
    }
    if (!about.history.losses?.length) return;
    const { picture, words } = lossCurve(this.document, this.say, about.history);
    this.controls.element("loss-curve").append(picture);
    this.controls.element("loss-said").textContent = words;
    this.controls.element("loss").hidden = false;
  }

  /** Go on with the text, or begin another if there is none, it has ended, or something else was typed.
   * @param {number} count  of tokens at most */
  write(count) {
    if (this.busy) return;
    if (this.story.selected !== null) this.text.cut(this.story.selected + 1);
    const another = this.text.ended || this.controls.prompt.value !== this.begunWith;
    if (another) this.begin(count);
    else this.writeOn(count);
  }

  /** Begin with what was typed, and write so many tokens. @param {number} count */
  begin(count) {
    this.change();
    this.busy = true;
    this.afterBegin = count;
    this.begunWith = this.controls.prompt.value;
    this.ask("begin", { prompt: this.begunWith });
  }

  /** @param {number} count */
  writeOn(count) {
    this.change();
    this.writing = this.busy = true;
    this.controls.status(this.say("writing"));
    const pause = count === 1 ? 0 : this.controls.pause;
    this.ask("write", { ids: this.text.ids, sampling: this.sliders.sampling, limit: count, pause });
    this.draw();
  }

  stop() {
    this.change();
    this.ask("stop");
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
    const { written, ended } = this.text;
    const said = ended ? "told" : written > 0 ? "stopped" : "ready";
    this.controls.status(this.say(said, { count: number(this.say, written) }));
    this.look();
    this.ask("attention", { ids: this.text.ids.slice(0, this.text.end) });
    this.draw();
  }

  /** Ask what may come next: at the end, or where a token is selected. */
  look() {
    if (this.busy) return;
    const ids = this.text.ids.slice(0, this.story.selected ?? this.text.end);
    this.ask("look", { ids, sampling: this.sliders.sampling });
  }

  /** @param {number | null} place */
  select(place) {
    if (this.busy || place === this.story.selected) return;
    this.story.mark(place);
    this.look();
    this.draw();
  }

  /** Let this token stand where one is selected, or at the end. @param {number} id */
  choose(id) {
    if (this.busy || !this.next) return;
    this.text.cut(this.story.selected ?? this.text.end);
    this.change();
    this.busy = true;
    this.ask("append", { ids: [...this.text.ids, id] });
  }

  /** An answer of the worker. @param {any} said */
  hear(said) {
    if (said.version !== this.version) return;
    if (said.kind === "failed") this.fail(said.message);
    else if (said.kind === "ready") this.begin(0);
    else if (said.kind === "begun") {
      this.text.begin(said.ids, said.pieces);
      this.controls.speed(null);
      if (this.afterBegin > 0) this.writeOn(this.afterBegin);
      else this.rest();
    } else if (said.kind === "written") {
      this.text.append(said.id, said.piece, said.ends);
      if (said.next) this.next = said.next;
      const unhurried = this.controls.pause > 0; // then the pace is the reader's, and says nothing of the model
      if (said.count > 1 && !unhurried) this.controls.speed((1000 * (said.count - 1)) / said.milliseconds);
      if (!this.writing) this.rest(); // a token that somebody chose
    } else if (said.kind === "stopped") this.rest();
    else if (said.kind === "next") this.next = said.next;
    else if (said.kind === "attention") this.heads.show(said.tokens > 1 ? said : null);
    this.draw();
  }

  /** Show how things stand, once in a frame however fast the worker is. */
  draw() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      this.drawNow();
    });
  }

  drawNow() {
    const { ids, pieces, typed, ended, written } = this.text;
    this.story.show(pieces, typed, this.writing);
    this.story.box.toggleAttribute("data-ended", ended);
    const last = ended || this.writing ? ids.length - 1 : null; // what the candidates are about
    const about = this.story.selected ?? last;
    if (this.next)
      this.nextWords.show(this.next, this.model.config.vocab_size, about === null ? null : ids[about], !this.busy);
    const selected = this.story.selected !== null;
    this.controls.show({ writing: this.writing, busy: this.busy, selected, written: written > 0 });
  }

  /** @param {string} message */
  fail(message) {
    this.change();
    this.busy = true;
    this.controls.status(this.say("failed", { message }), true);
    this.draw();
  }

  /** @param {string} kind
   * @param {any} [content] */
  ask(kind, content = {}) {
    this.worker.postMessage({ kind, version: this.version, ...content });
  }

  /** The text of an element, which is not needed a second time. @param {string} name */
  taken(name) {
    const element = this.controls.element(name);
    const text = element.textContent ?? "";
    element.remove();
    return text;
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
