/** The outcomes of a beat, each with a label, a colour (outcomes.css) and an icon. */
import {
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconClockOff,
  IconFlask,
  IconHourglass,
  IconLoader2,
  IconMinus,
  IconPlayerSkipForward,
  IconPlugConnectedX,
  IconQuestionMark,
  type Icon,
} from "@tabler/icons-react";

import type { BeatStatus, Reason } from "../api/types";

interface Look {
  label: string;
  icon: Icon;
}

/** Label and icon by outcome, in the order of lists and charts. */
const LOOKS: Record<BeatStatus, Look> = {
  acted: { label: "acted", icon: IconCheck },
  none: { label: "stayed silent", icon: IconMinus },
  skipped: { label: "skipped", icon: IconPlayerSkipForward },
  dry_run: { label: "dry run", icon: IconFlask },
  awaiting_approval: { label: "awaiting approval", icon: IconHourglass },
  rejected: { label: "rejected", icon: IconBan },
  failed: { label: "failed", icon: IconAlertTriangle },
  missed: { label: "missed", icon: IconClockOff },
  abandoned: { label: "abandoned", icon: IconPlugConnectedX },
  running: { label: "running", icon: IconLoader2 },
};

export const OUTCOMES = Object.keys(LOOKS) as BeatStatus[];

/** The text of each reason. */
const REASONS: Record<Reason, string> = {
  disabled: "the thread is off",
  paused: "the thread is paused",
  quiet_hours: "outside the active hours",
  busy: "another beat of the thread was running",
  awaiting_approval: "an earlier action waits for approval",
  cooldown: "too soon after the last beat",
  no_instructions: "there is no HEARTBEAT.md",
  unreadable_instructions: "HEARTBEAT.md cannot be read",
  empty_instructions: "HEARTBEAT.md asks for nothing",
  no_tasks_due: "no task was due",
  target_cooldown: "too soon after the target’s last action",
  target_down: "no target could be reached",
  budget_exhausted: "today’s budget is spent",
  outflow: "what is private could have become public",
  not_read: "HEARTBEAT.md was not read yet",
  unchanged: "nothing has changed",
  model_unreachable: "the model could not be asked",
  duplicate: "the same was done already",
  invalid_decision: "the decision was not valid",
  model_error: "the model answered with an error",
  model_timeout: "the model took too long",
  deadline: "the beat took too long",
  invalid_prompt: "a prompt of the workspace cannot be used",
  dispatch: "the action could not be delivered",
  plugin: "a plug-in has failed",
  criterion: "a plug-in’s criterion forbids it",
  rejected: "a person said no",
  expired: "nobody answered in time",
  database: "the database was locked",
  internal: "an unexpected error",
};

export function isOutcome(name: string): name is BeatStatus {
  return Object.hasOwn(LOOKS, name);
}

function isReason(name: string): name is Reason {
  return Object.hasOwn(REASONS, name);
}

/** Return label and icon of an outcome; an unknown one of a newer service is shown under its own name. */
export function lookOf(status: string): Look {
  return isOutcome(status) ? LOOKS[status] : { label: status, icon: IconQuestionMark };
}

/** Return the colour of an outcome, for style sheets and charts. */
export function colourOf(status: string): string {
  return `var(--outcome-${isOutcome(status) ? status.replace("_", "-") : "none"})`;
}

export function reasonText(reason: string | null | undefined): string | null {
  if (reason === null || reason === undefined || reason === "") return null;
  return isReason(reason) ? REASONS[reason] : reason.replaceAll("_", " ");
}

/** Return an outcome with its reason: "skipped: nothing has changed". */
export function outcomeText(status: string, reason?: string | null): string {
  const why = reasonText(reason);
  return why === null ? lookOf(status).label : `${lookOf(status).label}: ${why}`;
}
