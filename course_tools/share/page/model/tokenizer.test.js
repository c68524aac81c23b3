import { byteCharacters, Tokenizer } from "./tokenizer.js";

test("every byte has a character of its own, and those that can be seen have themselves", () => {
  const characters = byteCharacters();
  expect(new Set(characters).size).toBe(256);
  expect([0x41, 0x20, 0x0a, 0xad].map((byte) => characters[byte])).toEqual(["A", "Ġ", "Ċ", "Ń"]);
});

/** All bytes, their ids one higher, and two merges: "th", then "the". */
function small() {
  const tokens = [null, ...byteCharacters(), "th", "the"];
  /** @type {[number, number][]} */
  const merges = [
    [tokens.indexOf("t"), tokens.indexOf("h")],
    [257, tokens.indexOf("e")],
  ];
  return new Tokenizer({ tokens, merges, added: [["<|end|>", 0, true]], begin: [0] });
}

test("the merge learnt first is made first, behind what begins every text", () => {
  const tokenizer = small();
  expect(tokenizer.encode("the")).toEqual([0, 258]);
  expect(tokenizer.encode("th<|end|>the")).toEqual([0, 257, 0, 258]);
});

test("a letter of several bytes is shown when its last byte is there", () => {
  const tokenizer = small();
  const ids = tokenizer.encode("é");
  expect(ids).toHaveLength(3);
  expect(tokenizer.pieces(ids)).toEqual(["", "", "é"]);
  expect(tokenizer.decode(ids.slice(0, 2))).toBe("\ufffd");
});
