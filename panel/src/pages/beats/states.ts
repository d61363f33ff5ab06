/** The label and the icon of each state of a node. */
import {
  IconCircleCheck,
  IconCircleDashed,
  IconHourglass,
  IconLoader2,
  IconQuestionMark,
  type Icon,
} from "@tabler/icons-react";

import type { State } from "./nodePath";

export const STATES: Record<State, { word: string; icon: Icon }> = {
  passed: { word: "done", icon: IconCircleCheck },
  running: { word: "running", icon: IconLoader2 },
  waiting: { word: "waiting", icon: IconHourglass },
  not_reached: { word: "not reached", icon: IconCircleDashed },
  unknown: { word: "not known", icon: IconQuestionMark },
};

/** Return the display name of a node. */
export function nameOf(node: string): string {
  return node.replaceAll("_", " ");
}
