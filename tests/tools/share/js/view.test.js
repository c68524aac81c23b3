import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ticks } from "../../../../course_tools/share/page/view/loss_curve.js";
import { number, percent, speaker, visible } from "../../../../course_tools/share/page/view/strings.js";
import { Text } from "../../../../course_tools/share/page/view/text.js";

const strings = new URL("../../../../course_tools/share/page/strings.json", import.meta.url);
const say = speaker(JSON.parse(readFileSync(strings, "utf8")));

test("a text has its values in their places", () => {
  assert.equal(say("kept", { kept: "3", all: "2,048" }), "3 of 2,048 tokens are in the draw.");
  assert.throws(() => say("nothing of this name"), /no text called/);
});

test("a probability has as many digits as tell something", () => {
  assert.deepEqual(
    [1, 0.5, 0.0512, 0.0051, 0.00001, 0].map((value) => percent(say, value)),
    ["100%", "50%", "5.1%", "0.51%", "<\u20090.01%", "0.00%"],
  );
});

test("numbers are written as the language of the page writes them", () => {
  const persian = speaker({ language: "fa" });
  assert.equal(number(persian, 1234), "۱٬۲۳۴");
});

test("white space in a token can be seen", () => {
  assert.deepEqual([" Tom", "\n\n", "a b", " ", ""].map(visible), ["·Tom", "↵↵", "a b", "·", "·"]);
});

test("ticks are round numbers", () => {
  assert.deepEqual(ticks(0, 1200, 4), [0, 500, 1000]);
  assert.deepEqual(ticks(0.46, 2.4, 4), [0.5, 1, 1.5, 2]);
});

test("a text that is cut has not ended, and what was typed is at most what is left", () => {
  const text = new Text();
  text.begin([0, 5, 6], ["", "Once", " upon"]);
  text.append(7, " a", false);
  text.append(9, "", true);
  assert.deepEqual([text.end, text.written, text.ended], [4, 2, true]);
  text.cut(2);
  assert.deepEqual([text.ids, text.pieces, text.typed, text.ended, text.end], [[0, 5], ["", "Once"], 2, false, 2]);
});
