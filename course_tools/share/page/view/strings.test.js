import texts from "../strings.json" with { type: "json" };
import { number, percent, speaker, visible } from "./strings.js";

const say = speaker(texts);

test("a text has its values in their places", () => {
  expect(say("kept", { kept: "3", all: "2,048" })).toBe("3 of 2,048 tokens are in the draw.");
  expect(() => say("nothing of this name")).toThrow(/no text called/);
});

test("a probability has as many digits as tell something", () => {
  const written = [1, 0.5, 0.0512, 0.0051, 0.00001, 0].map((value) => percent(say, value));
  expect(written).toEqual(["100%", "50%", "5.1%", "0.51%", "<\u20090.01%", "0.00%"]);
});

test("numbers are written as the language of the page writes them", () => {
  expect(number(speaker({ language: "fa" }), 1234)).toBe("۱٬۲۳۴");
});

test("white space in a token can be seen", () => {
  expect([" Tom", "\n\n", "a b", " ", ""].map(visible)).toEqual(["·Tom", "↵↵", "a b", "·", "·"]);
});
