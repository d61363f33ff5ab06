/** What was changed in the form and is not saved: a new value, or that a field follows what lies below it again. */
import type { Change } from "../../api/config";
import { type Hours, isHours, isSpan, type Name, type Values } from "./fields";
import { spanOf } from "./spans";

export type Edit = { value: unknown } | "inherit";
export type Edits = Readonly<Partial<Record<Name, Edit>>>;

/** The edits with one more; a value that is what was saved is none. */
export function edited(edits: Edits, saved: Values, name: Name, value: unknown): Edits {
  const sent = wire(name, value);
  const same = JSON.stringify(asSaved(name, sent)) === JSON.stringify(saved[name]);
  return same ? without(edits, name) : { ...edits, [name]: { value } };
}

export function without(edits: Edits, name: Name): Edits {
  return Object.fromEntries(Object.entries(edits).filter(([each]) => each !== name));
}

/** The values as the form shows them. */
export function shownValues(saved: Values, inherited: Values, edits: Edits): Values {
  const values: Partial<Record<Name, unknown>> = { ...saved };
  for (const [name, edit] of entries(edits)) values[name] = edit === "inherit" ? inherited[name] : edit.value;
  return values;
}

/** What is sent: nothing but what was changed. */
export function changeOf(edits: Edits): Change {
  const set: Partial<Record<Name, unknown>> = {};
  const inherit: Name[] = [];
  for (const [name, edit] of entries(edits)) {
    if (edit === "inherit") inherit.push(name);
    else set[name] = wire(name, edit.value);
  }
  return { set, inherit };
}

/**
 * A value as the service takes it. What cannot be read here goes as it was written: the service says what is wrong
 * with it.
 */
export function wire(name: Name, value: unknown): unknown {
  if (isHours(value)) return wireHours(value);
  if (typeof value !== "string") return value;
  const text = value.trim();
  // Only the interval may be text, and a refusal of it names what was written.
  if (name === "every") return /^\d{1,9}$/.test(text) ? Number(text) : text;
  if (isSpan(name)) return spanOf(text) ?? text;
  return text === "" && name === "model" ? null : text;
}

export function wireHours({ start, end }: Hours): Hours {
  return { start: start.trim(), end: end.trim() };
}

/** A value as the service answers with it. */
function asSaved(name: Name, sent: unknown): unknown {
  return isSpan(name) && typeof sent === "string" ? (spanOf(sent) ?? sent) : sent;
}

function entries(edits: Edits): [Name, Edit][] {
  return Object.entries(edits) as [Name, Edit][];
}
