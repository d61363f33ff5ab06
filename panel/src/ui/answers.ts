/** Who answered an action that waited for approval, and where. */
import type { AnswerOrigin, Approval, StandingEnd } from "../api/types";

const WHERE: Record<AnswerOrigin, string> = {
  api: "over the API",
  panel: "in the panel",
  cli: "on the command line",
  run: "in a LangGraph run",
  standing: "by a standing approval",
};

const ENDS: Record<StandingEnd, string> = {
  elsewhere: "its connection leads elsewhere now",
  removed: "its connection was removed",
};

/** Return where an answer was given; null if that was not kept. */
export function whereText(by: AnswerOrigin | null): string | null {
  if (by === null) return null;
  return Object.hasOwn(WHERE, by) ? WHERE[by] : `by ${by as string}`;
}

/** Return why a standing approval ended by itself; null if a person revoked it. */
export function endOfStanding(reason: StandingEnd | null): string | null {
  if (reason === null) return null;
  return Object.hasOwn(ENDS, reason) ? ENDS[reason] : reason;
}

/** Return what was answered and where: "approved it in the panel, with an edit". */
export function answerText({ answer, edit, by }: Pick<Approval, "answer" | "edit" | "by">): string {
  const done = answer === "reject" ? "rejected it" : "approved it";
  const where = whereText(by);
  const said = where === null ? done : `${done} ${where}`;
  return edit ? `${said}, with an edit` : said;
}

/** Return what a standing approval covers, from the kind of the action and where it goes. */
export function coveredText(kind: string, target: string): string {
  return target === "tell" ? `${kind} to you` : `${kind} to ${target}`;
}
