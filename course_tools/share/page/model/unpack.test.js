import { fromHalf, fromText, readTensors, rowOf } from "./unpack.js";

/** @type {[number, number][]} bits, and the number that they stand for */
const HALVES = [
  [0x3c00, 1],
  [0xc000, -2],
  [0x0001, 2 ** -24],
  [0x03ff, 1023 * 2 ** -24],
  [0x7bff, 65504],
  [0x3555, 0.333251953125],
];

test("numbers of 16 bits are read as IEEE 754 says", () => {
  expect([...fromHalf(Uint16Array.from(HALVES, ([bits]) => bits))]).toEqual(HALVES.map(([, number]) => number));
});

test("a row of whole numbers is multiplied by its own scale", () => {
  const tensor = { shape: [2, 2], values: Int8Array.of(-127, 1, 2, 0), scales: Float32Array.of(0.5, 2) };
  expect([0, 1].map((row) => [...rowOf(tensor, row)])).toEqual([
    [-63.5, 0.5],
    [4, 0],
  ]);
});

test("bytes come back from their text, whatever their number", () => {
  expect([...fromText("")]).toEqual([]);
  expect([...fromText("VPX")]).toEqual([97, 98]); // base64.b85encode(b"ab")
  expect([...fromText("VPaz")]).toEqual([97, 98, 99]);
  expect([...fromText("VPa!sWd")]).toEqual([97, 98, 99, 100, 101]);
});

test("weights that were cut off, or have something behind them, are noticed", () => {
  /** @type {import("./unpack.js").TensorInfo[]} */
  const list = [{ name: "x", shape: [2, 2], type: "float32" }];
  expect(() => readTensors(list, new Uint8Array(15))).toThrow(/cut off/);
  expect(() => readTensors(list, new Uint8Array(17))).toThrow(/do not fit/);
  expect(readTensors(list, new Uint8Array(16)).get("x")?.values).toEqual(new Float32Array(4));
});
