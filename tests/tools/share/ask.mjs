// Reads a request from the standard input, asks the modules of the page, and prints the answers as JSON.
import { readFileSync } from "node:fs";
import { Writer } from "../../../course_tools/share/page/model/worker.js";
import { Tokenizer } from "../../../course_tools/share/page/model/tokenizer.js";
import { chances } from "../../../course_tools/javascript/sampling.js";
import { windowStart } from "../../../course_tools/share/page/model/reader.js";

const GREEDY = { temperature: 0, top_k: null, top_p: null, min_p: null };
const request = JSON.parse(readFileSync(0, "utf8"));

const answers = {
  // Texts of `count` tokens at most, always the likeliest, prompts included.
  async greedy({ data, prompts, count }) {
    const writer = await Writer.unpack(data);
    return prompts.map((prompt) => {
      const ids = writer.tokenizer.encode(prompt);
      for (let i = 0; i < count && (i === 0 || !writer.stops.has(ids.at(-1))); i++) {
        ids.push(writer.write(ids, GREEDY, 0).id);
      }
      return ids;
    });
  },
  async logits({ data, texts }) {
    const writer = await Writer.unpack(data);
    return texts.map((ids) => Array.from(writer.logits(ids), (logit) => (Number.isFinite(logit) ? logit : null)));
  },
  async attention({ data, ids, queries }) {
    const writer = await Writer.unpack(data);
    const seen = writer.reader.attention(ids, queries);
    return { ...seen, weights: Array.from(seen.weights) };
  },
  encode({ tokenizer, texts }) {
    const made = new Tokenizer(tokenizer);
    return texts.map((text) => made.encode(text));
  },
  decode({ tokenizer, texts }) {
    const made = new Tokenizer(tokenizer);
    return texts.map((ids) => [made.decode(ids), made.pieces(ids)]);
  },
  chances({ logits, samplings }) {
    return samplings.map((sampling) => Array.from(chances(Float32Array.from(logits), sampling)));
  },
  windows({ lengths, window, keep }) {
    return lengths.map((length) => windowStart(length, window, keep));
  },
};

process.stdout.write(JSON.stringify(await answers[request.question](request)));
