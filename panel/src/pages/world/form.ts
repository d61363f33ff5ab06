/** The form of a connection, made from what its kind asks for: its fields, and the values that they stand for. */
import { fieldProblem } from "../../api/problem";
import type { Key, Kind, Trial } from "../../api/types";
import { defaultText, LAN } from "./words";

/** What stands in each field; what was not touched stands for its default. */
export type Typed = Readonly<Record<string, string>>;

export interface Fields {
  /** Exactly one of `one_of` is given; this one. */
  chosen: string | null;
  typed: Typed;
}

export interface Shown {
  asked: Key[];
  more: Key[];
}

/** Return the keys that may be chosen of `one_of`: those that only the file may give are none. */
export function choicesOf(kind: Kind): Key[] {
  return kind.keys.filter((each) => kind.one_of.includes(each.key) && !each.only_in_file);
}

/** Return the fields of a connection that is there, or of a new one; a secret is never shown again. */
export function fieldsOf(kind: Kind, values: Readonly<Record<string, unknown>> = {}): Fields {
  const choices = choicesOf(kind);
  // An address that is a secret is not among the values: where no other is given, it is the one.
  const given = choices.find(({ key }) => isGiven(values[key])) ?? choices.find((each) => each.secret) ?? choices[0];
  const known = kind.keys.filter((each) => isGiven(values[each.key]));
  return {
    chosen: given?.key ?? null,
    typed: Object.fromEntries(known.map((each) => [each.key, defaultText({ ...each, default: values[each.key] })])),
  };
}

/** Return the keys with a field: what is demanded first, the rest apart. `there`: what never changes has none. */
export function shownKeys(kind: Kind, { chosen }: Fields, there: boolean): Shown {
  const own = kind.keys.filter((each) => !each.only_in_file && !(there && (each.fixed || each.key === "since")));
  const usable = own.filter((each) => !kind.one_of.includes(each.key) || each.key === chosen);
  const isAsked = (each: Key) => each.required || each.key === chosen || each.fixed;
  return { asked: usable.filter(isAsked), more: usable.filter((each) => !isAsked(each)) };
}

/** Return whether something has to be typed: not where a secret is kept, nor where another would do. */
export function isDemanded(key: Key, { chosen }: Fields, there: boolean): boolean {
  return (key.required || key.key === chosen) && !(there && key.secret);
}

/** Return the values of a new connection: what is left empty has its default. */
export function newValues(kind: Kind, fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(allOf(kind, fields, false)).filter(([, value]) => value !== null));
}

/** Return the values that change: null is the default; a secret is kept unless another is given. */
export function changedValues(kind: Kind, fields: Fields): Record<string, unknown> {
  const secret = new Set(kind.keys.filter((each) => each.secret).map(({ key }) => key));
  const values = allOf(kind, fields, true);
  const others = kind.one_of.filter((key) => key !== fields.chosen).map((key) => [key, null] as const);
  return {
    ...Object.fromEntries(Object.entries(values).filter(([key, value]) => value !== null || !secret.has(key))),
    ...Object.fromEntries(others),
  };
}

/** Return what is wrong with one field: the service refused it, or the test says that it is to blame. */
export function problemAt(key: string, error: unknown, trial: Trial | undefined, kind: Kind, { chosen }: Fields): string | null {
  const all = key === chosen ? [key, ...kind.one_of] : [key];
  for (const each of all) {
    const said = fieldProblem(error, each);
    if (said !== null) return said;
    if (trial !== undefined && !trial.ok && trial.field === each) return inWords(trial.said, each);
  }
  return null;
}

/** Return whether a test failed as it will for ever: what would help is not in this form. */
export function isHopeless(trial: Trial | undefined, kind: Kind): boolean {
  return trial?.ok === false && kind.keys.some(({ key, only_in_file }) => only_in_file && key === trial.field);
}

/** The form has a box for what connections.toml calls `lan`. */
function inWords(said: string, key: string): string {
  return key === "lan" ? said.replace("lan = true allows that", `tick “${LAN}” to allow that`) : said;
}

/** Return whether a test needs a text, since it would be a post that others see. */
export function isPublic({ typed }: Fields): boolean {
  return typed.reach === "public";
}

function allOf(kind: Kind, fields: Fields, there: boolean): Record<string, unknown> {
  const { asked, more } = shownKeys(kind, fields, there);
  return Object.fromEntries([...asked, ...more].map((each) => [each.key, valueOf(each, fields.typed[each.key] ?? "")]));
}

/** What is no number is sent as it was typed, so that the service's message says what is wrong with it. */
function valueOf({ type }: Key, typed: string): unknown {
  const text = typed.trim();
  if (text === "") return null;
  if (type === "boolean") return text === "true";
  if (type === "number") return /^\d{1,9}$/.test(text) ? Number(text) : text;
  if (type === "list") return text.split(/[,\n]/).map((each) => each.trim()).filter((each) => each !== "");
  return text;
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}
