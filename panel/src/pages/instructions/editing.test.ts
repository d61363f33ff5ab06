import { EditorState } from "@codemirror/state";
import { expect, test } from "vitest";

import { ends, lines, lineStart } from "./editing";

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
