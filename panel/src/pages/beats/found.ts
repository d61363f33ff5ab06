/** The result of each node of a beat, derived from the beat's row, for beats without live events. */
import type { BeatDetail, NodeName } from "../../api/types";
import { lookOf, reasonText } from "../../ui/outcomes";
import { dueOf, type Round, roundsOf, seenOf } from "./row";

/** The result by node, in the order of the graph. */
const FOUND: Record<NodeName, (beat: BeatDetail) => string | null> = {
  load_instructions(beat) {
    // The row does not say whether there are any tasks, so "0 tasks due" is not shown.
    const due = dueOf(beat);
    return due === null || due === 0 ? null : `${due} ${due === 1 ? "task" : "tasks"} due`;
  },
  gather_context(beat) {
    const seen = seenOf(beat);
    return seen === null ? null : `${seen.filter((item) => item.fresh).length} new of ${seen.length} items`;
  },
  decide(beat) {
    const rounds = roundsOf(beat);
    return rounds.length === 0 ? null : rounds.map(decidedText).join("; then ");
  },
  validate: (beat) => (beat.rounds.length > 1 ? "not allowed at first, asked again" : null),
  approve(beat) {
    const said = beat.approval;
    if (!said) return "no approval needed";
    if (said.by === "standing") return "approved by a standing approval";
    if (said.answer === "reject") return "a person said no";
    return said.edit ? "approved, with an edit" : "approved";
  },
  dispatch(beat) {
    const [done] = beat.actions;
    return done ? `${done.kind} to ${done.target}: ${done.status}` : null;
  },
  settle(beat) {
    const why = reasonText(beat.reason);
    return why === null ? lookOf(beat.status).label : `${lookOf(beat.status).label}: ${why}`;
  },
};

export const NODES = Object.keys(FOUND) as NodeName[];

/** Return the result of a finished node; null if the row does not contain it or the node is unknown. */
export function foundOnRow(beat: BeatDetail, node: string): string | null {
  return isNode(node) ? FOUND[node](beat) : null;
}

function isNode(name: string): name is NodeName {
  return Object.hasOwn(FOUND, name);
}

function decidedText({ by, decision }: Round): string {
  const action = typeof decision?.action === "string" ? decision.action : "no decision";
  return by === "rules" ? `by the rules: ${action}` : action;
}
