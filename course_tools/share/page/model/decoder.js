/**
 * The model: a GPT or a Llama of the course, one token at a time, with a cache of keys and values.
 *
 * @typedef {{kind: "GPT" | "Llama", vocab_size: number, window: number, n_layer: number, n_embd: number,
 *   n_head: number, n_kv_head: number, norm_eps: number}} Config
 * @typedef {(layer: number, head: number, weights: Float32Array) => void} Watcher
 *   is told what each head attends to: one weight for each position so far
 */
import { rotate } from "../../../javascript/rotation.js";
import { softmax } from "../../../javascript/softmax.js";
import { gelu, layerNorm, product, rmsNorm, silu } from "./layers.js";
import { rowOf } from "./unpack.js";

export class Decoder {
  /** @param {Config} config
   * @param {Map<string, import("./unpack.js").Tensor>} tensors  named as in the course's checkpoints */
  constructor(config, tensors) {
    this.config = config;
    this.tensors = tensors;
    this.headDim = config.n_embd / config.n_head;
    const places = config.window * config.n_kv_head * this.headDim;
    this.keys = Array.from({ length: config.n_layer }, () => new Float32Array(places));
    this.values = Array.from({ length: config.n_layer }, () => new Float32Array(places));
  }

  /** Read one token; the cache holds those at the positions before it. Returns the stream behind the last block.
   * @param {number} token
   * @param {number} position  in the window
   * @param {Watcher} [watch]
   * @returns {Float32Array} (C) */
  read(token, position, watch) {
    const { n_layer } = this.config;
    /** @type {Float32Array} the stream, which every block adds to */
    let x = rowOf(this.tensor("token_embedding.weight"), token);
    if (this.config.kind === "GPT") {
      x = add(x, rowOf(this.tensor("position_embedding.weight"), position));
    }
    for (let layer = 0; layer < n_layer; layer++) {
      x = add(x, this.attention(layer, this.norm(`blocks.${layer}.norm_1`, x), position, watch));
      x = add(x, this.mlp(layer, this.norm(`blocks.${layer}.norm_2`, x)));
    }
    return x;
  }

  /** How well each token of the vocabulary goes on, as logits. A tied head is the table of tokens itself.
   * @param {Float32Array} x  what `read` has returned
   * @returns {Float32Array} (V) */
  logits(x) {
    const head = this.tensors.has("head.weight") ? "head.weight" : "token_embedding.weight";
    return product(this.tensor(head), this.norm("final_norm", x));
  }

  /** @param {number} layer
   * @param {Float32Array} x  (C), normalised
   * @param {number} position
   * @param {Watcher} [watch]
   * @returns {Float32Array} (C) */
  attention(layer, x, position, watch) {
    const { n_head, n_kv_head, n_embd } = this.config;
    const D = this.headDim;
    const width = n_kv_head * D; // of the keys of one position, and of its values
    const name = `blocks.${layer}.attention`;
    const [query, key, value] = this.queryKeyValue(name, x, position);
    const [keys, values] = [this.keys[layer], this.values[layer]];
    keys.set(key, position * width);
    values.set(value, position * width);
    const heads = new Float32Array(n_embd);
    for (let head = 0; head < n_head; head++) {
      const q = query.subarray(head * D, (head + 1) * D);
      const shared = Math.floor((head * n_kv_head) / n_head) * D; // several queries may share a key and a value
      const scores = new Float32Array(position + 1);
      for (let t = 0; t <= position; t++) scores[t] = dot(q, keys, t * width + shared) / Math.sqrt(D);
      const weights = softmax(scores);
      if (watch) watch(layer, head, weights);
      const total = new Float64Array(D);
      for (let t = 0, place = shared; t <= position; t++, place += width) {
        for (let i = 0; i < D; i++) total[i] += weights[t] * values[place + i];
      }
      heads.set(total, head * D);
    }
    return this.linear(`${name}.out_proj`, heads);
  }

  /** @param {string} name
   * @param {Float32Array} x
   * @param {number} position
   * @returns {Float32Array[]} queries, keys and values of this position, heads side by side */
  queryKeyValue(name, x, position) {
    if (this.config.kind === "GPT") {
      const all = this.linear(`${name}.qkv_proj`, x);
      const C = x.length;
      return [all.subarray(0, C), all.subarray(C, 2 * C), all.subarray(2 * C)];
    }
    const frequencies = this.vector("rope_frequencies");
    const query = rotate(this.linear(`${name}.q_proj`, x), position, frequencies);
    const key = rotate(this.linear(`${name}.k_proj`, x), position, frequencies);
    return [query, key, this.linear(`${name}.v_proj`, x)];
  }

  /** @param {number} layer
   * @param {Float32Array} x  (C), normalised
   * @returns {Float32Array} (C) */
  mlp(layer, x) {
    const name = `blocks.${layer}.mlp`;
    const up = this.linear(`${name}.up_proj`, x);
    if (this.config.kind === "GPT") return this.linear(`${name}.down_proj`, up.map(gelu));
    const gate = this.linear(`${name}.gate_proj`, x);
    return this.linear(
      `${name}.down_proj`,
      up.map((value, i) => silu(gate[i]) * value),
    );
  }

  /** @param {string} name
   * @param {Float32Array} x
   * @returns {Float32Array} */
  norm(name, x) {
    const weight = this.vector(`${name}.weight`);
    if (this.config.kind === "Llama") return rmsNorm(x, weight, this.config.norm_eps);
    return layerNorm(x, weight, this.vector(`${name}.bias`), this.config.norm_eps);
  }

  /** @param {string} name
   * @param {Float32Array} x
   * @returns {Float32Array} */
  linear(name, x) {
    const bias = this.tensors.has(`${name}.bias`) ? this.vector(`${name}.bias`) : undefined;
    return product(this.tensor(`${name}.weight`), x, bias);
  }

  /** What has no scales: a norm, a bias.
   * @param {string} name
   * @returns {Float32Array} */
  vector(name) {
    return /** @type {Float32Array} */ (this.tensor(name).values);
  }

  /** @param {string} name
   * @returns {import("./unpack.js").Tensor} */
  tensor(name) {
    const found = this.tensors.get(name);
    if (!found) throw new Error(`the model of this page lacks ${name}`);
    return found;
  }
}

/** @param {Float32Array} x
 * @param {Float32Array} y
 * @returns {Float32Array} */
function add(x, y) {
  return x.map((value, i) => value + y[i]);
}

/** @param {Float32Array} q
 * @param {Float32Array} keys
 * @param {number} offset  where the key begins
 * @returns {number} */
function dot(q, keys, offset) {
  let total = 0;
  for (let i = 0; i < q.length; i++) total += q[i] * keys[offset + i];
  return total;
}
