import { Desk } from "./worker.js";

/** A writer that always writes 7, and ends with 9 after ten tokens.
 * @returns {any} */
function writer() {
  const pieceOf = (/** @type {number} */ id) => `<${id}>`;
  return {
    tokenizer: {
      encode: (/** @type {string} */ prompt) => [0, prompt.length],
      pieces: (/** @type {number[]} */ ids) => ids.map(pieceOf),
      decoder: () => pieceOf,
      decode: () => "",
    },
    stops: new Set([9]),
    write: (/** @type {number[]} */ ids) => ({ id: ids.length >= 10 ? 9 : 7, next: { candidates: [] } }),
  };
}

/** A desk that is ready, and what it says. */
function ready() {
  /** @type {any[]} */
  const said = [];
  const desk = new Desk((message) => said.push(message));
  desk.writer = writer();
  return { said, desk };
}

test("the worker writes until the text ends", async () => {
  const { said, desk } = ready();
  await desk.answer({ kind: "write", version: 3, ids: [0], limit: 100, pause: 0 });
  const written = said.filter(({ kind }) => kind === "written");
  expect(written.map(({ id }) => id)).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 7, 9]);
  expect(said.at(-1)).toEqual({ kind: "stopped", version: 3 });
  expect(said.every(({ version }) => version === 3)).toBe(true);
});

test("the worker writes no more than it was asked for", async () => {
  const { said, desk } = ready();
  await desk.answer({ kind: "write", version: 1, ids: [0], limit: 2, pause: 1 });
  expect(said.map(({ kind }) => kind)).toEqual(["written", "written", "stopped"]);
});

test("a newer version of the text ends what is being written", async () => {
  const { said, desk } = ready();
  const writing = desk.answer({ kind: "write", version: 1, ids: [0], limit: 100, pause: 20 });
  await desk.answer({ kind: "begin", version: 2, prompt: "four" });
  await writing;
  expect(said.filter(({ kind }) => kind === "written")).toHaveLength(1);
  const begun = { kind: "begun", ids: [0, 4], pieces: ["<0>", "<4>"], version: 2 };
  expect(said.find(({ kind }) => kind === "begun")).toEqual(begun);
});

test("what goes wrong in the worker is told to the page", async () => {
  /** @type {any[]} */
  const said = [];
  const desk = new Desk((message) => said.push(message));
  await desk.answer({ kind: "load", version: 0, model: {}, weights: "x", tokenizer: "x" });
  expect(said.map(({ kind }) => kind)).toEqual(["failed"]);
});
