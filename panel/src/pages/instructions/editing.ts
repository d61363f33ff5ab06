/** The CodeMirror configuration of the panel, and the mapping between its lines and the service's. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { markdown } from "@codemirror/lang-markdown";
import { EditorState, type Extension, Text } from "@codemirror/state";
import { EditorView, highlightActiveLine, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { minimalSetup } from "codemirror";

const LOOK = EditorView.theme({
  "&": {
    backgroundColor: "var(--mantine-color-body)",
    color: "var(--mantine-color-text)",
    fontSize: "var(--mantine-font-size-sm)",
  },
  "&.cm-focused": { outline: "2px solid var(--mantine-color-anchor)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--mantine-color-text)" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  ".cm-gutters": {
    backgroundColor: "var(--mantine-color-default-hover)",
    color: "var(--mantine-color-dimmed)",
    borderRight: "1px solid var(--mantine-color-default-border)",
  },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--mantine-color-anchor) 9%, transparent)" },
  ".cm-tooltip": {
    backgroundColor: "var(--mantine-color-body)",
    color: "var(--mantine-color-text)",
    border: "1px solid var(--mantine-color-default-border)",
  },
});

const MARKS = HighlightStyle.define([
  { tag: tags.heading, fontWeight: "700", color: "var(--mantine-color-anchor)" },
  { tag: tags.strong, fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.link, textDecoration: "underline" },
  { tag: [tags.processingInstruction, tags.comment, tags.meta], color: "var(--mantine-color-dimmed)" },
]);

/** Return the extensions of every editor; `label` is its name for screen readers. */
export function basics(label: string): Extension {
  return [
    minimalSetup,
    lineNumbers({ formatNumber: (line, { doc }) => String(line > doc.lines ? line : counted(doc)[line - 1]) }),
    highlightActiveLine(),
    markdown(),
    syntaxHighlighting(MARKS),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "true", autocapitalize: "off", tabindex: "0" }),
    LOOK,
  ];
}

/** Return the extension that sets the line separator of a text. */
export function ends(text: string): Extension {
  return EditorState.lineSeparator.of(separator(text));
}

/** Return a text as the document of an editor that is configured with `ends`. */
export function lines(text: string): Text {
  return Text.of(text.split(separator(text)));
}

/** Return the line separator of a text. In a text with mixed separators `\r` stays a character, to keep each byte. */
export function separator(text: string): "\n" | "\r\n" | "\r" {
  if (!text.includes("\r")) return "\n";
  if (!text.includes("\n")) return "\r";
  return /(?<!\r)\n|\r(?!\n)/.test(text) ? "\n" : "\r\n";
}

const COUNTED = new WeakMap<Text, number[]>();

/** Return the service's number of each editor line; for the service, a `\r` inside a line ends a line, too. */
export function counted(document: Text): number[] {
  const known = COUNTED.get(document);
  if (known !== undefined) return known;
  const numbers: number[] = [];
  let number = 1;
  for (const line of document.iterLines()) {
    numbers.push(number);
    number += 1 + kept(line);
  }
  COUNTED.set(document, numbers);
  return numbers;
}

/** Return how many `\r` inside an editor line end a line for the service; one at its end is part of the separator. */
function kept(line: string): number {
  return line.replace(/\r$/, "").split("\r").length - 1;
}

/** Return the position where one of the service's lines (from 1) begins; the nearest line if there is none. */
export function lineStart(document: Text, line: number): number {
  const at = Math.max(counted(document).findLastIndex((number) => number <= line), 0);
  const { from, text } = document.line(at + 1);
  let start = 0;
  for (let left = line - (counted(document)[at] ?? 1); left > 0; left--) {
    const end = text.indexOf("\r", start);
    if (end < 0 || end === text.length - 1) break;
    start = end + 1;
  }
  return from + start;
}
