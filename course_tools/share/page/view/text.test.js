import { Text } from "./text.js";

test("a text that is cut has not ended, and what was typed is at most what is left", () => {
  const text = new Text();
  text.begin([0, 5, 6], ["", "Once", " upon"]);
  text.append(7, " a", false);
  text.append(9, "", true);
  expect([text.end, text.written, text.ended]).toEqual([4, 2, true]);
  text.cut(2);
  expect(text).toMatchObject({ ids: [0, 5], pieces: ["", "Once"], typed: 2, ended: false, end: 2 });
});
