/** The marks of a line of the plan: each an icon, a word and what to do next. */
import { Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleX, IconClock, IconFileCheck, IconPencilCheck, IconQuestionMark, type Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";

import type { Plan } from "../../../api/types";
import { Instant } from "../../../ui/Instant";
import { LinkText } from "../../../ui/links";
import classes from "../Instructions.module.css";
import { correctionOf, type PlanLine } from "./lines";
import { type Mark, marksOf, unreadText, WORDS } from "./marks";

const LOOKS: Record<Mark, { icon: Icon; colour: string }> = {
  failed: { icon: IconCircleX, colour: "var(--mantine-color-error)" },
  unread: { icon: IconClock, colour: "var(--mantine-color-dimmed)" },
  lacking: { icon: IconAlertTriangle, colour: "var(--mantine-color-error)" },
  unsure: { icon: IconQuestionMark, colour: "var(--outcome-awaiting-approval)" },
  corrected: { icon: IconPencilCheck, colour: "var(--mantine-color-anchor)" },
  shipped: { icon: IconFileCheck, colour: "var(--mantine-color-dimmed)" },
};

interface Props {
  line: PlanLine;
  reading: Plan["reading"];
  /** Whether the plan is that of the saved text. */
  saved: boolean;
}

export function MarkLines({ line, reading, saved }: Props) {
  return marksOf(line).map((mark) => (
    <div key={mark}>
      <Said mark={mark} line={line} reading={reading} saved={saved} />
    </div>
  ));
}

function Said({ mark, line, reading, saved }: Props & { mark: Mark }) {
  switch (mark) {
    case "failed":
      return (
        <Marked mark={mark}>
          {line.message
            ? "Say what it means, or write it in other words."
            : "Correct it: say what it asks for. Or write it in other words."}
        </Marked>
      );
    case "unread":
      return <Marked mark={mark}>{unreadText(reading, saved)}</Marked>;
    case "unsure":
      return <Marked mark={mark}>Is this what you mean? If so, say that it is right; if not, correct it.</Marked>;
    case "lacking":
      return line.rules.flatMap((rule) =>
        rule.lacks.map(({ message, remedy }) => (
          <Marked key={`${rule.id} ${message}`} mark={mark}>
            {message} {remedy} {remedy.includes("connections add") && <LinkText to="/world">Connect something</LinkText>}
          </Marked>
        )),
      );
    case "corrected":
      return <Corrected line={line} />;
    case "shipped":
      return <Marked mark={mark} />;
  }
}

function Corrected({ line }: Pick<Props, "line">) {
  const made = correctionOf(line);
  if (made === null) return null;
  return (
    <Marked mark="corrected">
      by {made.by}
      {made.where === "workspace" && " for the whole workspace"}
      {made.at !== null && (
        <>
          , <Instant at={made.at} />
        </>
      )}
    </Marked>
  );
}

function Marked({ mark, children }: { mark: Mark; children?: ReactNode }) {
  const { icon: Shape, colour } = LOOKS[mark];
  return (
    <Text size="sm" className={classes.mark}>
      <Shape size={16} color={colour} aria-hidden className={classes.sign} />
      <span className={classes.words}>
        <b>{WORDS[mark].word}</b> {children}
      </span>
    </Text>
  );
}
