/** The form that corrects a line: what is typed, and the rules that it stands for. */
import { ProblemError } from "../../../api/problem";
import type {
  PlanAbout,
  PlanBody as Body,
  PlanCounts,
  PlanLimit,
  PlanRole,
  PlanRuleBody,
  PlanUntil,
  PlanWhenKind,
} from "../../../api/types";
import type { PlanLine } from "./lines";
import { type Spoken, type TypedUntil, typedUntil, unlifted, untilOf } from "./until";

/** One rule as it is typed. */
export interface Typed {
  do: string;
  when: PlanWhenKind;
  count: string;
  counts: PlanCounts;
  question: string;
  open: boolean;
  within: string;
  unit: Unit;
  task: string;
  about: readonly PlanAbout[];
  places: string;
  where: string;
  days: readonly number[];
  from: string;
  to: string;
  at: string;
  everyHours: string;
  limits: readonly PlanLimit[];
  unless: string;
  unlessDays: readonly number[];
  how: string;
  free: boolean;
  /** Of orders alone. */
  until: TypedUntil;
}

export type Unit = "minutes" | "hours" | "days";

/** Either rules, or none and what the line is instead. */
export interface Typing {
  quiet: boolean;
  role: PlanRole;
  rules: readonly Typed[];
}

/** What a correction says, besides who says it. */
export type PlanBody = Omit<Body, "by">;

const SECONDS: Record<Unit, number> = { minutes: 60, hours: 3_600, days: 86_400 };

export const FIRST: Typed = {
  do: "tell",
  when: "item",
  count: "3",
  counts: "posts",
  question: "",
  open: false,
  within: "2",
  unit: "hours",
  task: "",
  about: [],
  places: "",
  where: "",
  days: [],
  from: "",
  to: "",
  at: "",
  everyHours: "",
  limits: [],
  unless: "",
  unlessDays: [],
  how: "",
  free: false,
  until: typedUntil(null, "UTC"),
};
/** What a message most likely asks for of which nothing could be read. */
const ORDER: Typed = { ...FIRST, do: "silent", when: "always" };

/** Return the form of a line as it is read now; times are those of the plan's zone. */
export function typingOf(line: PlanLine, timezone: string): Typing {
  const { rules, quiet, message } = line;
  return {
    quiet: quiet !== null,
    role: quiet?.role ?? "about",
    rules:
      rules.length > 0
        ? rules.map((rule) => typedOf({ ...rule, until: unlifted(rule.until, message) }, timezone))
        : [message ? ORDER : FIRST],
  };
}

/** Return what is read from a line, as a correction that says the same. */
export function asRead(line: PlanLine): PlanBody {
  if (line.quiet !== null) return { rules: [], role: line.quiet.role };
  return {
    rules: line.rules.map(({ do: act, when, about, places, only, until, where, how, limits, unless, free }) => ({
      do: act,
      when,
      about,
      places,
      only,
      until: unlifted(until, line.message),
      where,
      how,
      limits,
      unless,
      free,
    })),
  };
}

/** Return a rule as it is typed. */
export function typedOf(rule: PlanRuleBody, timezone = "UTC"): Typed {
  const { when, only = {}, unless = {} } = rule;
  const within = when.within ?? 7_200;
  const unit: Unit = within > 0 && within % SECONDS.days === 0 ? "days" : within % SECONDS.hours === 0 ? "hours" : "minutes";
  return {
    do: rule.do,
    when: when.kind,
    count: String(when.count ?? 1),
    counts: when.counts ?? "posts",
    question: when.question ?? "",
    open: when.is_open ?? false,
    within: String(within / SECONDS[unit]),
    unit,
    task: when.task ?? "",
    about: rule.about ?? [],
    places: (rule.places ?? []).join(", "),
    where: rule.where ?? "",
    days: only.days ?? [],
    from: clock(only.start),
    to: clock(only.end),
    at: (only.at ?? []).map(clock).join(", "),
    everyHours: String(only.every_hours ?? ""),
    limits: rule.limits ?? [],
    unless: (unless.questions ?? []).join("\n"),
    unlessDays: unless.days ?? [],
    how: rule.how ?? "",
    free: rule.free ?? false,
    until: typedUntil(rule.until ?? null, timezone),
  };
}

/** Return what a form stands for, or the first thing that cannot be understood; `said` is when, of a message. */
export function bodyOf(typing: Typing, said?: Spoken, timezone = "UTC"): PlanBody | TypingError {
  if (typing.quiet) return { rules: [], role: typing.role };
  const rules: PlanRuleBody[] = [];
  for (const [at, typed] of typing.rules.entries()) {
    const until = said ? untilOf(typed.until, said, timezone) : typed.until.kept;
    if (typeof until === "string") return new TypingError("until", until, at);
    const rule = ruleOf(typed, until);
    if (rule instanceof TypingError) return new TypingError(rule.field, rule.message, at);
    rules.push(rule);
  }
  return { rules };
}

/** A field that cannot be understood; `rule` is the number of its rule, from 0. */
export class TypingError {
  constructor(
    readonly field: keyof Typed,
    readonly message: string,
    readonly rule = 0,
  ) {}
}

/** The fields of the form by where the service names them in a rule. */
const FIELDS: Readonly<Record<string, keyof Typed>> = {
  do: "do",
  when: "when",
  "when.kind": "when",
  "when.count": "count",
  "when.counts": "counts",
  "when.question": "question",
  "when.within": "within",
  about: "about",
  places: "places",
  where: "where",
  "only.days": "days",
  "only.start": "from",
  "only.end": "to",
  "only.at": "at",
  "only.every_hours": "everyHours",
  limits: "limits",
  "unless.questions": "unless",
  "unless.days": "unlessDays",
  how: "how",
  until: "until",
  "until.instant": "until",
};

/** Return the field that the service refused, such as `rules.0.only.at.2`; null where the form has none for it. */
export function refusedField(error: unknown): TypingError | null {
  if (!(error instanceof ProblemError) || error.status !== 422) return null;
  const found = /^rules\.(\d+)\.(.+?)(?:\.\d+)?$/.exec(error.field ?? "");
  const field = FIELDS[found?.[2] ?? ""];
  return field === undefined ? null : new TypingError(field, error.message, Number(found?.[1]));
}

function ruleOf(typed: Typed, until: PlanUntil | null): PlanRuleBody | TypingError {
  const [from, to] = [minuteOf(typed.from), minuteOf(typed.to)];
  if (from === undefined) return new TypingError("from", "A time like 22:30.");
  if (to === undefined) return new TypingError("to", "A time like 06:30, up to 24:00.");
  const at = parts(typed.at).map(minuteOf);
  if (at.some((each) => typeof each !== "number" || each === DAY)) return new TypingError("at", "Times like 07:30, with commas between.");
  const silent = typed.do === "silent";
  if (typed.when === "new" && !/^\d+$/.test(typed.count.trim())) return new TypingError("count", "A whole number from 1.");
  if (typed.when === "due" && !/^\d+$/.test(typed.within.trim())) return new TypingError("within", "A whole number.");
  if (typed.when === "item" && typed.question.trim() === "")
    return new TypingError("question", "A question that is answered with yes or no about one thing.");
  return {
    do: typed.do,
    when: whenOf(typed),
    about: [...typed.about],
    places: parts(typed.places),
    where: typed.where.trim() === "" ? null : typed.where.trim(),
    only: {
      days: [...typed.days],
      start: from ?? (to === null ? null : 0),
      end: to ?? (from === null ? null : DAY),
      at: at.filter((each): each is number => typeof each === "number"),
      every_hours: typed.everyHours === "" ? null : Number(typed.everyHours),
    },
    limits: [...typed.limits],
    unless: {
      questions: typed.unless
        .split("\n")
        .map((each) => each.trim())
        .filter((each) => each !== ""),
      days: [...typed.unlessDays],
    },
    how: silent ? "" : typed.how.trim(),
    free: typed.free,
    until,
  };
}

function whenOf(typed: Typed): PlanRuleBody["when"] {
  const question = typed.question.trim();
  const asked = question === "" ? {} : { question };
  switch (typed.when) {
    case "new":
      return { kind: "new", count: Number(typed.count), counts: typed.counts };
    case "item":
      return { kind: "item", ...asked, is_open: typed.open };
    case "addressed":
      return { kind: "addressed", ...asked };
    case "due":
      return { kind: "due", ...asked, within: Number(typed.within) * SECONDS[typed.unit] };
    case "task":
      return { kind: "task", task: typed.task };
    case "always":
      return { kind: "always" };
  }
}

const DAY = 1_440;

function parts(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

/** Return the minute of the day; null if nothing is typed, undefined if it is no time. */
export function minuteOf(text: string): number | null | undefined {
  if (text.trim() === "") return null;
  const found = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (found === null) return undefined;
  const minute = Number(found[1]) * 60 + Number(found[2]);
  return Number(found[2]) < 60 && minute <= DAY ? minute : undefined;
}

function clock(minute: number | null = null): string {
  if (minute === null) return "";
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}
