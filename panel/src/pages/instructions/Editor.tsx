/** The CodeMirror editor of an instructions text; lines with problems or warnings are marked. */
import { isolateHistory } from "@codemirror/commands";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { useComputedColorScheme } from "@mantine/core";
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";

import { basics, ends, lines, lineStart } from "./editing";
import classes from "./Instructions.module.css";

/** What is marked in a line. */
export interface Remark {
  line: number;
  message: string;
  severity: Diagnostic["severity"];
}

export interface EditorHandle {
  focus: () => void;
  /** Move the cursor to a line and scroll it into view. */
  jump: (line: number) => void;
  /** Replace the whole text; undo restores the old one. */
  replace: (text: string) => void;
}

interface Props {
  label: string;
  describedBy: string;
  initial: string;
  remarks: readonly Remark[];
  onChange: (text: string) => void;
  onSave: () => void;
  ref: Ref<EditorHandle>;
}

export function Editor({ label, describedBy, initial, remarks, onChange, onSave, ref }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const dark = useComputedColorScheme("light") === "dark";
  // Read at the time of the call, so that new callbacks do not need a new editor.
  const calls = useRef({ onChange, onSave });
  const text = useRef(initial);
  const [parts] = useState<Parts>(() => ({ scheme: new Compartment(), ends: new Compartment() }));
  useEffect(() => {
    calls.current = { onChange, onSave };
  });

  useEffect(() => {
    if (place.current === null) return;
    const made = createView({
      parent: place.current,
      text: text.current,
      label,
      describedBy,
      parts,
      onChange: (now) => {
        text.current = now;
        calls.current.onChange(now);
      },
      onSave: () => calls.current.onSave(),
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
    made.dispatch(setDiagnostics(made.state, marks(made, remarks)));
  }, [remarks]);

  useImperativeHandle(ref, () => ({
    focus: () => view.current?.focus(),
    jump: (line) => {
      if (view.current !== null) jumpTo(view.current, line);
    },
    replace: (other) => {
      if (view.current !== null) replaceText(view.current, parts, other);
    },
  }));

  return <div ref={place} className={classes.editor} />;
}

/** The parts of the configuration that change while the editor is open. */
interface Parts {
  scheme: Compartment;
  ends: Compartment;
}

interface ViewOptions {
  parent: HTMLElement;
  text: string;
  label: string;
  describedBy: string;
  parts: Parts;
  onChange: (text: string) => void;
  onSave: () => void;
}

function createView({ parent, text, label, describedBy, parts, onChange, onSave }: ViewOptions): EditorView {
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        basics(label),
        parts.scheme.of([]),
        parts.ends.of(ends(text)),
        lintGutter(),
        EditorView.contentAttributes.of({ "aria-describedby": describedBy }),
        Prec.highest(
          keymap.of([
            {
              key: "Mod-s",
              run: () => {
                onSave();
                return true;
              },
              preventDefault: true,
            },
          ]),
        ),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.sliceDoc());
        }),
      ],
    }),
  });
}

function jumpTo(view: EditorView, line: number): void {
  const start = lineStart(view.state.doc, line);
  view.dispatch({ selection: { anchor: start }, effects: EditorView.scrollIntoView(start, { y: "center" }) });
  view.focus();
}

function replaceText(view: EditorView, parts: Parts, text: string): void {
  if (view.state.sliceDoc() === text) return;
  view.dispatch({
    changes: { from: 0, to: view.state.doc.length, insert: lines(text) },
    effects: parts.ends.reconfigure(ends(text)),
    // A separate undo step, even if it follows a key press closely.
    annotations: isolateHistory.of("full"),
  });
}

function marks(view: EditorView, remarks: readonly Remark[]): Diagnostic[] {
  return remarks.map(({ line, message, severity }) => {
    const from = lineStart(view.state.doc, line);
    return { from, to: view.state.doc.lineAt(from).to, severity, message };
  });
}
