/** The difference of two texts: side by side, or in one column if there is little room. */
import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { Group, Text, useComputedColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useEffect, useRef } from "react";

import { basics, ends } from "./editing";
import classes from "./Instructions.module.css";

interface Props {
  theirs: string;
  mine: string;
}

const FOLDED = { collapseUnchanged: { margin: 3, minSize: 6 }, gutter: true } as const;

export function Difference({ theirs, mine }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const dark = useComputedColorScheme("light") === "dark";
  const wide = useMediaQuery("(min-width: 62em)", true, { getInitialValueInEffect: false });

  useEffect(() => {
    if (place.current === null) return;
    const shared = [EditorState.readOnly.of(true), EditorView.darkTheme.of(dark)];
    const one = [basics("Theirs: the text as it is kept now"), ends(theirs), shared];
    const other = [basics("Mine: your text"), ends(mine), shared];
    const made = wide
      ? new MergeView({
          parent: place.current,
          a: { doc: theirs, extensions: one },
          b: { doc: mine, extensions: other },
          ...FOLDED,
        })
      : new EditorView({
          parent: place.current,
          doc: mine,
          extensions: [other, unifiedMergeView({ original: theirs, mergeControls: false, ...FOLDED })],
        });
    return () => made.destroy();
  }, [theirs, mine, dark, wide]);

  return (
    <div>
      {wide ? (
        <Group grow mb={4}>
          <Text size="sm" fw={600}>
            Theirs
          </Text>
          <Text size="sm" fw={600}>
            Mine
          </Text>
        </Group>
      ) : (
        <Text size="sm" c="dimmed" mb={4}>
          Lines on red are only in theirs, lines on green only in mine.
        </Text>
      )}
      <div ref={place} className={classes.difference} />
    </div>
  );
}
