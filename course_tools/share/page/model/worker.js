/**
 * The worker: it has the model, and answers the page, so that the page itself never waits for a product.
 *
 * @typedef {{id: number, text: string, probability: number, chance: number}} Candidate
 *   probability: the model's own; chance: in the draw, after temperature and filters
 * @typedef {{candidates: Candidate[], kept: number, other: number}} Next
 *   kept: tokens that are left in the draw; other: chance of all that are not among the candidates
 * @typedef {{id: number, piece: string, ends: boolean, next: Next | null}} Written
 */
import { chances, draw, largest } from "../../../javascript/sampling.js";
import { softmax } from "../../../javascript/softmax.js";
import { fromText, inflate, readTensors } from "./unpack.js";
import { Decoder } from "./decoder.js";
import { Reader } from "./reader.js";
import { Tokenizer } from "./tokenizer.js";

export const CANDIDATES = 10;
export const WATCHED = 48; // newest tokens whose attention is shown

export class Writer {
  /** @param {{config: import("./decoder.js").Config, stops: number[], never: number[]}} model
   * @param {Map<string, import("./unpack.js").Tensor>} tensors
   * @param {Tokenizer} tokenizer */
  constructor(model, tensors, tokenizer) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.reader = new Reader(new Decoder(model.config, tensors));
    this.stops = new Set(model.stops);
  }

  /** Make one from what stands in the page.
   * @param {{model: any, weights: string, tokenizer: string}} data
   * @returns {Promise<Writer>} */
  static async unpack(data) {
    const [weights, tokenizer] = await Promise.all(
      [data.weights, data.tokenizer].map((text) => inflate(fromText(text))),
    );
    const vocabulary = JSON.parse(new TextDecoder().decode(tokenizer));
    return new Writer(data.model, readTensors(data.model.tensors, weights), new Tokenizer(vocabulary));
  }

  /** The logits after a text; −∞ for ids that no token has.
   * @param {number[]} ids
   * @returns {Float32Array} */
  logits(ids) {
    const logits = this.reader.logits(ids);
    for (const id of this.model.never) logits[id] = -Infinity;
    return logits;
  }

  /** The likeliest next tokens, as they are for these logits and settings.
   * @param {Float32Array} logits
   * @param {Float32Array} inTheDraw
   * @returns {Next} */
  next(logits, inTheDraw) {
    const probabilities = softmax(logits);
    let kept = 0;
    for (const chance of inTheDraw) if (chance > 0) kept++;
    const candidates = largest(logits, CANDIDATES).map((id) => ({
      id,
      text: this.stops.has(id) ? "" : this.tokenizer.decode([id]),
      probability: probabilities[id],
      chance: inTheDraw[id],
    }));
    const other = 1 - candidates.reduce((total, { chance }) => total + chance, 0);
    return { candidates, kept, other: Math.max(0, other) };
  }

  /** Draw one token after a text, and say what it was drawn from.
   * @param {number[]} ids
   * @param {import("../../../javascript/sampling.js").Sampling} sampling
   * @param {number} number  from 0 to below 1
   * @returns {{id: number, next: Next}} */
  write(ids, sampling, number) {
    const logits = this.logits(ids);
    const inTheDraw = chances(logits, sampling);
    return { id: draw(inTheDraw, number), next: this.next(logits, inTheDraw) };
  }
}

/**
 * Answers the page's messages. Each has the version of the text that it is about, and so has each answer: what comes
 * late, for a text that is no longer there, the page leaves aside, and a newer version ends what is still being written.
 */
export class Desk {
  /** @param {(message: any) => void} send */
  constructor(send) {
    this.send = send;
    this.newest = 0;
    /** @type {Writer | null} */
    this.writer = null;
  }

  /** @param {any} message
   * @returns {Promise<void>} */
  async answer(message) {
    this.newest = message.version;
    const reply = (/** @type {any} */ said) => this.send({ ...said, version: message.version });
    try {
      if (message.kind === "load") {
        this.writer = await Writer.unpack(message);
        reply({ kind: "ready" });
      } else if (this.writer) await this.do(this.writer, message, reply);
    } catch (error) {
      reply({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
    }
  }

  /** @param {Writer} writer
   * @param {any} message
   * @param {(said: any) => void} reply
   * @returns {Promise<void>} */
  async do(writer, message, reply) {
    const { kind, ids, sampling } = message;
    const { tokenizer, reader, stops } = writer;
    if (kind === "begin") {
      const begun = tokenizer.encode(message.prompt);
      reply({ kind: "begun", ids: begun, pieces: tokenizer.pieces(begun) });
    } else if (kind === "look") {
      const logits = writer.logits(ids);
      reply({ kind: "next", length: ids.length, next: writer.next(logits, chances(logits, sampling)) });
    } else if (kind === "append") {
      const id = ids.at(-1);
      reply({ kind: "written", id, piece: tokenizer.pieces(ids).at(-1), ends: stops.has(id), next: null });
    } else if (kind === "attention") {
      const pieces = ids.map((/** @type {number} */ id) => tokenizer.decode([id]));
      reply({ kind: "attention", pieces, ...reader.attention(ids, WATCHED) });
    } else if (kind === "write") await this.writeOn(writer, message, reply);
  }

  /** Write until the text ends, `limit` tokens are written, or the text has another version.
   * @param {Writer} writer
   * @param {{ids: number[], sampling: import("../../../javascript/sampling.js").Sampling, limit: number, pause: number, version: number}}
   *   message  pause: milliseconds between two tokens, for the reader's sake
   * @param {(said: any) => void} reply
   * @returns {Promise<void>} */
  async writeOn(writer, { ids, sampling, limit, pause, version }, reply) {
    const text = [...ids];
    const pieceOf = writer.tokenizer.decoder();
    text.forEach((id) => pieceOf(id)); // a character may have begun in the text so far
    const began = performance.now();
    for (let count = 1; count <= limit && version === this.newest; count++) {
      const { id, next } = writer.write(text, sampling, Math.random());
      text.push(id);
      const ends = writer.stops.has(id);
      reply({ kind: "written", id, piece: pieceOf(id), ends, next, count, milliseconds: performance.now() - began });
      if (ends) break;
      await later(pause);
    }
    reply({ kind: "stopped" }); // which nobody waits for if the text has another version by now
  }
}

/** Let waiting messages in. A timer alone would wait for 4 ms at least.
 * @param {number} milliseconds
 * @returns {Promise<void>} */
function later(milliseconds) {
  return new Promise((resolve) => {
    if (milliseconds > 0) {
      setTimeout(resolve, milliseconds);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Serve the page that has started this worker.
 * @param {any} scope  the worker's own
 * @returns {void} */
export function serve(scope) {
  const desk = new Desk((message) => scope.postMessage(message));
  scope.onmessage = (/** @type {MessageEvent} */ event) => desk.answer(event.data);
}
