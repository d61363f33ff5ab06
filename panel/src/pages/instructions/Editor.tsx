/** The editor of a text, with marks at the lines that the service has something to say about. */
import { isolateHistory } from "@codemirror/commands";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { useComputedColorScheme } from "@mantine/core";
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";

import type { Remark } from "../../api/types";
import { basics, ends, lines, lineStart } from "./editing";
import classes from "./Instructions.module.css";

export interface EditorHandle {
  focus: () => void;
  /** Put the cursor on a line and show it. */
  jump: (line: number) => void;
  /** Put another text in its place; undo brings the old one back. */
  replace: (text: string) => void;
}

interface Props {
  label: string;
  describedBy: string;
  initial: string;
  problems: readonly Remark[];
  warnings: readonly Remark[];
  onChange: (text: string) => void;
  onSave: () => void;
  ref: Ref<EditorHandle>;
}

export function Editor({ label, describedBy, initial, problems, warnings, onChange, onSave, ref }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const dark = useComputedColorScheme("light") === "dark";
  // What the editor calls is looked up when it calls, so that it need not be made anew.
  const calls = useRef({ onChange, onSave });
  const text = useRef(initial);
  const [parts] = useState(() => ({ scheme: new Compartment(), ends: new Compartment() }));
  useEffect(() => {
    calls.current = { onChange, onSave };
  });

  useEffect(() => {
    if (place.current === null) return;
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: text.current,
        extensions: [
          basics(label),
          parts.scheme.of([]),
          parts.ends.of(ends(text.current)),
          lintGutter(),
          EditorView.contentAttributes.of({ "aria-describedby": describedBy }),
          Prec.highest(
            keymap.of([
              {
                key: "Mod-s",
                run: () => {
                  calls.current.onSave();
                  return true;
                },
                preventDefault: true,
              },
            ]),
          ),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            text.current = update.state.sliceDoc();
            calls.current.onChange(text.current);
          }),
        ],
      }),
    });
    view.current = made;
    return () => {
      view.current = null;
      made.destroy();
    };
  }, [label, describedBy, parts]);

  useEffect(() => {
    view.current?.dispatch({ effects: parts.scheme.reconfigure(EditorView.darkTheme.of(dark)) });
  }, [dark, parts]);

  useEffect(() => {
    const made = view.current;
    if (made === null) return;
    const found = [...marks(made, problems, "error"), ...marks(made, warnings, "warning")];
    made.dispatch(setDiagnostics(made.state, found));
  }, [problems, warnings]);

  useImperativeHandle(ref, () => ({
    focus: () => view.current?.focus(),
    jump: (line) => {
      const made = view.current;
      if (made === null) return;
      const start = lineStart(made.state.doc, line);
      made.dispatch({ selection: { anchor: start }, effects: EditorView.scrollIntoView(start, { y: "center" }) });
      made.focus();
    },
    replace: (other) => {
      const made = view.current;
      if (made === null || made.state.sliceDoc() === other) return;
      made.dispatch({
        changes: { from: 0, to: made.state.doc.length, insert: lines(other) },
        effects: parts.ends.reconfigure(ends(other)),
        // A step of its own, however fast it came after the last key.
        annotations: isolateHistory.of("full"),
      });
    },
  }));

  return <div ref={place} className={classes.editor} />;
}

function marks(view: EditorView, remarks: readonly Remark[], severity: Diagnostic["severity"]): Diagnostic[] {
  return remarks.map(({ line, message }) => {
    const from = lineStart(view.state.doc, line);
    return { from, to: view.state.doc.lineAt(from).to, severity, message };
  });
}
