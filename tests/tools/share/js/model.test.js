import assert from "node:assert/strict";
import { test } from "node:test";
import { draw, largest, likeliest } from "../../../../course_tools/javascript/sampling.js";
import { fromHalf, fromText, readTensors, rowOf } from "../../../../course_tools/share/page/model/unpack.js";
import { Desk } from "../../../../course_tools/share/page/model/worker.js";
import { byteCharacters } from "../../../../course_tools/share/page/model/tokenizer.js";

test("numbers of 16 bits are read as IEEE 754 says", () => {
  const halves = {
    0x3c00: 1,
    0xc000: -2,
    0x0001: 2 ** -24,
    0x03ff: 1023 * 2 ** -24,
    0x7bff: 65504,
    0x3555: 0.333251953125,
  };
  assert.deepEqual(
    [...fromHalf(Uint16Array.from(Object.keys(halves)))],
    Object.keys(halves).map((half) => halves[half]),
  );
});

test("a row of whole numbers is multiplied by its own scale", () => {
  const tensor = { shape: [2, 2], values: Int8Array.of(-127, 1, 2, 0), scales: Float32Array.of(0.5, 2) };
  assert.deepEqual(
    [0, 1].map((row) => [...rowOf(tensor, row)]),
    [
      [-63.5, 0.5],
      [4, 0],
    ],
  );
});

test("bytes come back from their text, whatever their number", () => {
  assert.deepEqual([...fromText("")], []);
  assert.deepEqual([...fromText("VPX")], [97, 98]); // base64.b85encode(b"ab")
  assert.deepEqual([...fromText("VPaz")], [97, 98, 99]);
  assert.deepEqual([...fromText("VPa!sWd")], [97, 98, 99, 100, 101]);
});

test("weights that were cut off, or have something behind them, are noticed", () => {
  const list = [{ name: "x", shape: [2, 2], type: "float32" }];
  assert.throws(() => readTensors(list, new Uint8Array(15)), /cut off/);
  assert.throws(() => readTensors(list, new Uint8Array(17)), /do not fit/);
  assert.deepEqual(readTensors(list, new Uint8Array(16)).get("x").values, new Float32Array(4));
});

test("of equal numbers the first is the likeliest", () => {
  assert.equal(likeliest(Float32Array.of(1, 3, 3, 2)), 1);
  assert.deepEqual(largest(Float32Array.of(1, 3, 3, 2, 5), 3), [4, 1, 2]);
  assert.deepEqual(largest(Float32Array.of(1, 3), 3), [1, 0]);
});

test("a draw is the token at which the sum passes the number", () => {
  const chances = Float32Array.of(0.25, 0, 0.5, 0.25);
  assert.deepEqual(
    [0, 0.24, 0.25, 0.74, 0.75, 0.999999].map((number) => draw(chances, number)),
    [0, 0, 2, 2, 3, 3],
  );
  assert.equal(draw(Float32Array.of(0.5, 0.4999, 0), 0.99999), 1); // never one without a chance
});

test("every byte has a character of its own, and those that can be seen have themselves", () => {
  const characters = byteCharacters();
  assert.equal(new Set(characters).size, 256);
  assert.deepEqual([characters[0x41], characters[0x20], characters[0x0a], characters[0xad]], ["A", "Ġ", "Ċ", "Ń"]);
});

/** A writer that always writes 7, and ends with 9 after ten tokens. */
function writer() {
  const pieceOf = (id) => `<${id}>`;
  return {
    tokenizer: {
      encode: (prompt) => [0, prompt.length],
      pieces: (ids) => ids.map(pieceOf),
      decoder: () => pieceOf,
      decode: () => "",
    },
    stops: new Set([9]),
    write: (ids) => ({ id: ids.length >= 10 ? 9 : 7, next: { candidates: [] } }),
  };
}

test("the worker writes until the text ends", async () => {
  const said = [];
  const desk = new Desk((message) => said.push(message));
  desk.writer = writer();
  await desk.answer({ kind: "write", version: 3, ids: [0], limit: 100, pause: 0 });
  assert.deepEqual(
    said.filter(({ kind }) => kind === "written").map(({ id }) => id),
    [7, 7, 7, 7, 7, 7, 7, 7, 7, 9],
  );
  assert.deepEqual(said.at(-1), { kind: "stopped", version: 3 });
  assert.ok(said.every(({ version }) => version === 3));
});

test("the worker writes no more than it was asked for", async () => {
  const said = [];
  const desk = new Desk((message) => said.push(message));
  desk.writer = writer();
  await desk.answer({ kind: "write", version: 1, ids: [0], limit: 2, pause: 1 });
  assert.deepEqual(
    said.map(({ kind }) => kind),
    ["written", "written", "stopped"],
  );
});

test("a newer version of the text ends what is being written", async () => {
  const said = [];
  const desk = new Desk((message) => said.push(message));
  desk.writer = writer();
  const writing = desk.answer({ kind: "write", version: 1, ids: [0], limit: 100, pause: 20 });
  await desk.answer({ kind: "begin", version: 2, prompt: "four" });
  await writing;
  assert.deepEqual(said.filter(({ kind }) => kind === "written").length, 1);
  assert.deepEqual(
    said.find(({ kind }) => kind === "begun"),
    { kind: "begun", ids: [0, 4], pieces: ["<0>", "<4>"], version: 2 },
  );
});

test("what goes wrong in the worker is told to the page", async () => {
  const said = [];
  await new Desk((message) => said.push(message)).answer({
    kind: "load",
    version: 0,
    model: {},
    weights: "x",
    tokenizer: "x",
  });
  assert.equal(said[0].kind, "failed");
});
