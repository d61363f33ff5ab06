/** The unsaved changes of the form: a new value for a field, or that it inherits again. */
import type { Change } from "../../api/config";
import { type Hours, isHours, isSpan, type Name, type Values } from "./fields";
import { spanOf } from "./spans";

export type Edit = { value: unknown } | "inherit";
export type Edits = Readonly<Partial<Record<Name, Edit>>>;

/** Return the edits with a field changed; a value equal to the saved one removes the edit. */
export function edited(edits: Edits, saved: Values, name: Name, value: unknown): Edits {
  const sent = wire(name, value);
  const same = JSON.stringify(asSaved(name, sent)) === JSON.stringify(saved[name]);
  return same ? without(edits, name) : { ...edits, [name]: { value } };
}

export function without(edits: Edits, name: Name): Edits {
  return Object.fromEntries(Object.entries(edits).filter(([each]) => each !== name));
}

/** Return the values that the form shows. */
export function shownValues(saved: Values, inherited: Values, edits: Edits): Values {
  const values: Partial<Record<Name, unknown>> = { ...saved };
  for (const [name, edit] of entries(edits)) values[name] = edit === "inherit" ? inherited[name] : edit.value;
  return values;
}

/** Return the change to send, with only the edited fields. */
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
 * Return a value as the API expects it. Text that cannot be parsed is sent as typed, so that the service's message
 * says what is wrong with it.
 */
export function wire(name: Name, value: unknown): unknown {
  if (isHours(value)) return wireHours(value);
  if (typeof value !== "string") return value;
  const text = value.trim();
  // The API accepts text for the interval, and its message then quotes that text.
  if (name === "every") return /^\d{1,9}$/.test(text) ? Number(text) : text;
  if (isSpan(name)) return spanOf(text) ?? text;
  return text === "" && name === "model" ? null : text;
}

export function wireHours({ start, end }: Hours): Hours {
  return { start: start.trim(), end: end.trim() };
}

/** Return a value as the service returns it. */
function asSaved(name: Name, sent: unknown): unknown {
  return isSpan(name) && typeof sent === "string" ? (spanOf(sent) ?? sent) : sent;
}

function entries(edits: Edits): [Name, Edit][] {
  return Object.entries(edits) as [Name, Edit][];
}
