/** CodeMirror as the panel uses it: Markdown with line numbers, in the colours of the theme. */
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

/** What every editor of a text is made with; `label` is its name for screen readers. */
export function basics(label: string): Extension {
  return [
    minimalSetup,
    lineNumbers(),
    highlightActiveLine(),
    markdown(),
    syntaxHighlighting(MARKS),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "true", autocapitalize: "off" }),
    LOOK,
  ];
}

/** What an editor must know of a text, besides the text. */
export function ends(text: string): Extension {
  return EditorState.lineSeparator.of(separator(text));
}

/** A text as an editor with its `ends` holds it. */
export function lines(text: string): Text {
  return Text.of(text.split(separator(text)));
}

/** What ends the lines of a text. A text of mixed ends keeps its `\r` as characters, so that each byte stays. */
export function separator(text: string): "\n" | "\r\n" {
  return text.includes("\r\n") && !/(?<!\r)\n|\r(?!\n)/.test(text) ? "\r\n" : "\n";
}

/** Where a line begins; lines count from 1, and one that is not there is the nearest that is. */
export function lineStart(document: Text, line: number): number {
  return document.line(Math.min(Math.max(line, 1), document.lines)).from;
}
