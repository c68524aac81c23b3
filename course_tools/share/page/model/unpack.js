/**
 * From what stands in the file to numbers: text, then deflate, then tensors.
 *
 * @typedef {{name: string, shape: number[], type: "int8" | "float16" | "float32"}} TensorInfo
 * @typedef {{shape: number[], values: Float32Array | Int8Array, scales: Float32Array | null}} Tensor
 *   scales: what the whole numbers of each row are multiplied by
 */

const HALF_EXPONENT_BIAS = 15;
const HALF_FRACTION = 1024; // 2 to the number of bits behind the point

// Of base 85 as Git has it, but for "<", which could begin a tag: a point stands for it.
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;.=>?@^_`{|}~";

/** The bytes that a text stands for: five characters for each four of them, where base64 takes five and a third.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>} */
export function fromText(text) {
  const digitOf = new Uint8Array(128);
  for (let digit = 0; digit < DIGITS.length; digit++) digitOf[DIGITS.charCodeAt(digit)] = digit;
  const groups = Math.ceil(text.length / 5);
  const bytes = new DataView(new ArrayBuffer(4 * groups));
  for (let group = 0, i = 0; group < groups; group++) {
    let value = 0;
    for (let place = 0; place < 5; place++, i++) {
      value = 85 * value + (i < text.length ? digitOf[text.charCodeAt(i)] : 84); // the last group may be shorter
    }
    bytes.setUint32(4 * group, value);
  }
  return new Uint8Array(bytes.buffer, 0, Math.floor((4 * text.length) / 5));
}

/** What was packed by zlib.
 * @param {Uint8Array<ArrayBuffer>} packed
 * @returns {Promise<Uint8Array<ArrayBuffer>>} */
export async function inflate(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Every tensor by name. They lie in the bytes in the order of the list, without gaps:
 * float32 and float16 as they are, int8 as whole numbers, row by row, with the rows' scales behind them.
 * @param {TensorInfo[]} list
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Map<string, Tensor>} */
export function readTensors(list, bytes) {
  const tensors = new Map();
  let offset = 0;
  /** @param {number} size  how many bytes to take
   * @returns {ArrayBuffer} */
  const take = (size) => {
    if (offset + size > bytes.length) throw new Error("the weights of this page were cut off");
    const part = bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + offset + size);
    offset += size;
    return part;
  };
  for (const { name, shape, type } of list) {
    const size = shape.reduce((product, side) => product * side, 1);
    if (type === "float32") tensors.set(name, { shape, values: new Float32Array(take(4 * size)), scales: null });
    else if (type === "float16")
      tensors.set(name, { shape, values: fromHalf(new Uint16Array(take(2 * size))), scales: null });
    else tensors.set(name, { shape, values: new Int8Array(take(size)), scales: new Float32Array(take(4 * shape[0])) });
  }
  if (offset !== bytes.length) throw new Error("the weights of this page do not fit its model");
  return tensors;
}

/** A row as numbers. A whole number times its scale is rounded to float32, as torch rounds it.
 * @param {Tensor} tensor
 * @param {number} row
 * @returns {Float32Array} */
export function rowOf({ shape: [, width], values, scales }, row) {
  const numbers = Float32Array.from(values.subarray(row * width, (row + 1) * width));
  return scales ? numbers.map((number) => number * scales[row]) : numbers;
}

/** Numbers of 16 bits as float32. Not every browser has a Float16Array yet.
 * @param {Uint16Array} halves
 * @returns {Float32Array} */
export function fromHalf(halves) {
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) return (sign * 2 ** (1 - HALF_EXPONENT_BIAS) * fraction) / HALF_FRACTION;
    return sign * 2 ** (exponent - HALF_EXPONENT_BIAS) * (1 + fraction / HALF_FRACTION);
  });
}
