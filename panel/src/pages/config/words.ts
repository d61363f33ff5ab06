/** The label and the description of each field; its bounds come from the service. */
import type { Name } from "./fields";

interface Words {
  label: string;
  help: string;
}

export const WORDS: Readonly<Record<Name, Words>> = {
  enabled: { label: "Scheduled beats", help: "Off: it beats only by hand." },
  every: { label: "Beats every", help: "Like 90s, 30m, 1h30m, 4h or 1d" },
  active_hours: { label: "Active hours", help: "Outside of them no scheduled beat happens." },
  timezone: { label: "Time zone", help: "An IANA name; active hours and daily limits follow it" },
  missed: { label: "Missed slots", help: "What to do about slots that passed while nothing ran" },
  target: { label: "Targets", help: "Where actions go; each kind goes to the first that takes it" },
  sources: { label: "Looks at", help: "Connections, forum and plug-in sources; its conversation it always looks at" },
  dry_run: { label: "Dry run", help: "Decide and record, but do nothing." },
  approval: { label: "Approval", help: "Which actions wait for a person’s yes" },
  outflow: {
    label: "What is private",
    help: "May it go to a public target without a person’s yes, or to a model elsewhere?",
  },
  approval_ttl: { label: "Approval waits", help: "After so long without an answer it is a no" },
  max_actions_per_day: { label: "Actions per day", help: "By the day of the time zone" },
  model: { label: "Model", help: "An Ollama model; empty: the service’s own (HEARTBEAT_MODEL)" },
  max_tokens: { label: "Max tokens", help: "Of one reply" },
  temperature: { label: "Temperature", help: "0: always the likeliest words" },
  daily_token_budget: { label: "Daily token budget", help: "Beats are skipped when it is spent; empty: no budget" },
  recheck_after: { label: "Ask again after", help: "How long an unchanged thread is not asked about; 0: always ask" },
  fallback: { label: "Fallback", help: "What to follow while no model answers" },
};

/** The display text of the choices, by field and value. */
export const CHOICES: Readonly<Record<string, string>> = {
  "target.forum": "forum",
  "target.none": "none: decide only",
  "missed.latest": "catch up with the latest",
  "missed.skip": "skip them",
  "fallback.none": "nothing: skip the beat",
  "fallback.rules": "rules of the plan that need no model",
  "outflow.guarded": "stays here, or waits for a yes",
  "outflow.allowed": "may leave without asking",
  "approval.never": "never",
  "approval.always": "always, but not to tell you",
  "approval.other": "other: the target’s own kinds",
};

/** Return the display text of a choice; unknown choices of a newer service are shown as they are. */
export function choiceText(name: Name, choice: string): string {
  return CHOICES[`${name}.${choice}`] ?? choice;
}
