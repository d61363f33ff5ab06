/** The states of deliveries and connections in words, each with a colour (outcomes.css) and an icon. */
import {
  IconAlertTriangle,
  IconCheck,
  IconHourglass,
  IconNotes,
  IconPlayerPause,
  IconQuestionMark,
  IconSend,
  type Icon,
} from "@tabler/icons-react";

import type { ActionStatus, Delivery, DeliveryReason, Reach, TryEnd } from "../api/types";

export interface Look {
  label: string;
  icon: Icon;
  colour: string;
}

const LOOKS: Record<ActionStatus, Look> = {
  recorded: { label: "recorded", icon: IconNotes, colour: colour("none") },
  pending: { label: "on its way", icon: IconHourglass, colour: colour("running") },
  sending: { label: "being sent", icon: IconSend, colour: colour("running") },
  sent: { label: "arrived", icon: IconCheck, colour: colour("acted") },
  held: { label: "held", icon: IconPlayerPause, colour: colour("awaiting-approval") },
  unknown: { label: "not known whether it arrived", icon: IconQuestionMark, colour: colour("rejected") },
  failed: { label: "failed", icon: IconAlertTriangle, colour: colour("failed") },
};

const REASONS: Record<DeliveryReason, string> = {
  refused: "it was refused",
  expired: "it was given up in the end",
  cancelled: "it was cancelled",
};

const ENDS: Record<TryEnd, string> = {
  sent: "arrived",
  not_sent: "did not get through",
  refused: "was refused",
  perhaps: "may have arrived",
};

const REACHES: Record<Reach, string> = { owner: "reaches you", public: "is public" };

function colour(outcome: string): string {
  return `var(--outcome-${outcome})`;
}

/** Return the look of a state; an unknown one of a newer service is shown under its own name. */
export function lookOfDelivery(status: string): Look {
  return Object.hasOwn(LOOKS, status)
    ? LOOKS[status as ActionStatus]
    : { label: status, icon: IconQuestionMark, colour: colour("none") };
}

export function deliveryReason(reason: string | null | undefined): string | null {
  if (reason === null || reason === undefined) return null;
  return Object.hasOwn(REASONS, reason) ? REASONS[reason as DeliveryReason] : reason;
}

/** Return a state with its reason: "failed: it was refused". */
export function deliveryText(status: string, reason: string | null | undefined): string {
  const why = deliveryReason(reason);
  const { label } = lookOfDelivery(status);
  return why === null ? label : `${label}: ${why}`;
}

export function tryText(ended: string | null, search: boolean): string {
  if (ended === null) return search ? "is being looked for" : "is being tried";
  if (search) return ended === "sent" ? "was found there" : ended === "not_sent" ? "was not found there" : "could not be looked for";
  return Object.hasOwn(ENDS, ended) ? ENDS[ended as TryEnd] : ended;
}

export function reachText(reach: Reach | null): string | null {
  return reach === null ? null : REACHES[reach];
}

export interface Choice {
  label: string;
  said: { answer: "retry" } | { answer: "cancel" } | { answer: "settle"; arrived: boolean };
}

/** Return the buttons of a delivery: what its state allows a person to say. */
export function choicesOf({ answers, status }: Pick<Delivery, "answers" | "status">): Choice[] {
  const choices: Choice[] = [];
  if (answers.includes("settle"))
    choices.push(
      { label: "It arrived", said: { answer: "settle", arrived: true } },
      { label: "It did not: send it again", said: { answer: "settle", arrived: false } },
    );
  else if (answers.includes("retry"))
    choices.push({ label: status === "failed" ? "Send it again" : "Try now", said: { answer: "retry" } });
  if (answers.includes("cancel")) choices.push({ label: "Cancel", said: { answer: "cancel" } });
  return choices;
}
