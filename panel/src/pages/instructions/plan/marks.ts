/** What is remarkable about how a line is read: a word for it, and what its owner can do next. */
import type { Plan } from "../../../api/types";
import { correctionOf, isUnsure, type PlanLine } from "./lines";

export const MARKS = ["failed", "unread", "lacking", "unsure", "corrected", "shipped"] as const;
export type Mark = (typeof MARKS)[number];

/** The word of each mark, and how the head of the plan counts it. */
export const WORDS: Record<Mark, { word: string; counted: string }> = {
  failed: { word: "Could not be read.", counted: "could not be read" },
  unread: { word: "Not read yet.", counted: "not read yet" },
  lacking: { word: "Cannot be followed.", counted: "cannot be followed" },
  unsure: { word: "Not sure.", counted: "not sure" },
  corrected: { word: "Corrected", counted: "corrected" },
  shipped: { word: "As HEARTBEAT.plan.json has it.", counted: "as HEARTBEAT.plan.json has it" },
};

/** Return the marks of a line, the one that needs its owner most first. */
export function marksOf(line: PlanLine): Mark[] {
  const made = correctionOf(line);
  const has: Record<Mark, boolean> = {
    failed: line.failed,
    unread: line.unread,
    lacking: line.rules.some((rule) => rule.lacks.length > 0),
    // A person, or the file, has said what it is.
    unsure: isUnsure(line) && made === null,
    corrected: made !== null && made.where !== "file",
    shipped: made?.where === "file",
  };
  return MARKS.filter((mark) => has[mark]);
}

/** Return how many lines have each mark, such as "12 lines: 2 cannot be followed, 1 not sure". */
export function summaryOf(lines: readonly PlanLine[]): string {
  const marks = lines.flatMap(marksOf);
  const counts = MARKS.map((mark) => ({ mark, count: marks.filter((each) => each === mark).length }));
  const said = counts.filter(({ count }) => count > 0).map(({ mark, count }) => `${count} ${WORDS[mark].counted}`);
  const all = lines.length === 1 ? "1 line" : `${lines.length} lines`;
  return said.length === 0 ? `${all}.` : `${all}: ${said.join(", ")}.`;
}

/** Return what becomes of a line that is not read; `saved`: whether the plan is that of the saved text. */
export function unreadText({ running, problem }: Plan["reading"], saved: boolean): string {
  if (!saved) return "It is read once the text is saved.";
  if (problem !== null) return "It waits for the model. If it cannot wait, correct it: say what it asks for.";
  return running ? "It is being read." : "It is read soon, by a process that serves this workspace.";
}

const LONGEST = 60;

/** Return the name of a button about a line; the text tells it from others on the same line of the editor. */
export function nameOf(action: string, { line, text, message }: Pick<PlanLine, "line" | "text" | "message">): string {
  const characters = Array.from(text.replaceAll(/\s+/g, " "));
  const short = characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("").trimEnd()}…` : characters.join("");
  return `${action} ${message ? "message" : "line"} ${line}: ${short}`;
}
