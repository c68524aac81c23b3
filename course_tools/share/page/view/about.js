/** Whose model it is, what it is like, and what it was trained on. */
import { number } from "./strings.js";

/** The rows of the list: what, and its value.
 * @param {import("./strings.js").Say} say
 * @param {any} about
 * @param {import("../model/decoder.js").Config} config
 * @returns {[string, string][]} */
export function aboutRows(say, about, config) {
  /** @type {[string, string | null][]} */
  const rows = [
    ["about_author", about.author],
    ["about_stories", about.trained_on],
    ["about_parameters", number(say, about.parameters)],
    [
      "about_kind",
      say("about_kind_value", {
        kind: config.kind,
        layers: config.n_layer,
        width: config.n_embd,
        heads: config.n_head,
      }),
    ],
    [
      "about_vocabulary",
      say("about_vocabulary_value", { count: number(say, config.vocab_size), window: number(say, config.window) }),
    ],
    ["about_weights", say(`about_${about.dtype}`)],
    [
      "about_tokens",
      about.history.tokens
        ? say("about_tokens_value", {
            tokens: number(say, about.history.tokens),
            time: duration(say, about.history.seconds),
          })
        : null,
    ],
  ];
  return rows.flatMap(([name, value]) => (value ? [/** @type {[string, string]} */ ([say(name), value])] : []));
}

/** @param {import("./strings.js").Say} say
 * @param {number} seconds
 * @returns {string} */
function duration(say, seconds) {
  if (seconds < 60) return say("seconds", { count: Math.round(seconds) });
  return say("minutes", { count: number(say, Math.round(seconds / 60)) });
}
