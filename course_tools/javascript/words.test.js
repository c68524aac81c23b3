import { splitWords } from "./words.js";

test("words keep the space in front of them, and together they are the text", () => {
  const text = "Lily's mom said,  \"We'll go!\"\n\n 42nd";
  expect(splitWords(text)).toEqual([
    "Lily",
    "'s",
    " mom",
    " said",
    ",",
    " ",
    ' "',
    "We",
    "'ll",
    " go",
    '!"',
    "\n\n",
    " 42",
    "nd",
  ]);
  expect(splitWords(text).join("")).toBe(text);
  expect(splitWords("")).toEqual([]);
});
