import { EditorState } from "@codemirror/state";
import { expect, test } from "vitest";

import { counted, ends, lines, lineStart } from "./editing";

test.each([
  "# A\n\n- b\n",
  "# A\r\n\r\n- b\r\n",
  "mixed\r\nends\n",
  "old\rmacs\r",
  "\uFEFF# with a mark",
  "",
  "no end",
])("each character of %j is kept", (text) => {
  expect(EditorState.create({ doc: text, extensions: ends(text) }).sliceDoc()).toBe(text);
  expect(EditorState.create({ doc: lines(text), extensions: ends(text) }).sliceDoc()).toBe(text);
});

test("a line that is not there is the nearest that is", () => {
  const { doc } = EditorState.create({ doc: "one\ntwo\nthree" });
  expect([0, 1, 2, 9].map((line) => lineStart(doc, line))).toEqual([0, 0, 4, 8]);
});

test.each([
  ["one\ntwo\nthree", [1, 2, 3]],
  ["one\r\ntwo\r\n", [1, 2, 3]],
  ["one\rtwo\rthree", [1, 2, 3]],
  ["one\rtwo\nthree\r\nfour", [1, 3, 4]],
  ["one\u2028still one\ntwo", [1, 2]],
])("lines of %j are counted as the service counts them", (text, numbers) => {
  const { doc } = EditorState.create({ doc: text, extensions: ends(text) });
  expect(counted(doc)).toEqual(numbers);
});

test("a line that the editor does not show as one is found in it", () => {
  const text = "one\rtwo\nthree\r\nfour\r\rsix\n";
  const { doc } = EditorState.create({ doc: text, extensions: ends(text) });
  const starts = [1, 2, 3, 4, 5, 6, 7, 8].map((line) => text.slice(lineStart(doc, line)).split(/[\r\n]/)[0]);
  expect(starts).toEqual(["one", "two", "three", "four", "", "six", "", ""]);
});
