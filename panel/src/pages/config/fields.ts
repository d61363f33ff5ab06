/** The fields of a config: their names, and their bounds from the service's schema. */
import { DEFAULT_SOURCES } from "../../api/sources";
import type { Config } from "../../api/types";
import { spanText } from "./spans";

export type Name = keyof Config;
export type Values = Readonly<Partial<Record<Name, unknown>>>;

/** The allowed values of a field; null or empty for no limit. */
export interface Bounds {
  least: number | null;
  most: number | null;
  longest: number | null;
  /** The values to choose from; `items` are those of a list. */
  choices: readonly string[];
  items: readonly string[];
  nullable: boolean;
  /** The built-in value. */
  preset: unknown;
}

interface Schema {
  type?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  enum?: string[];
  items?: Schema;
  anyOf?: Schema[];
  default?: unknown;
}

/** Return the bounds of a field, from the `fields` of GET /api/heartbeat/config. */
export function boundsOf(fields: Readonly<Record<string, unknown>>, name: Name): Bounds {
  const schema = (fields.properties as Partial<Record<Name, Schema>> | undefined)?.[name] ?? {};
  const forms = schema.anyOf ?? [schema];
  const all = schema.anyOf ? [schema, ...forms] : forms;
  return {
    least: all.find((form) => form.minimum !== undefined)?.minimum ?? null,
    most: all.find((form) => form.maximum !== undefined)?.maximum ?? null,
    longest: all.find((form) => form.maxLength !== undefined)?.maxLength ?? null,
    choices: all.flatMap((form) => form.enum ?? []),
    items: all.flatMap((form) => form.items?.enum ?? []),
    nullable: all.some((form) => form.type === "null"),
    preset: schema.default,
  };
}

/** Return bounds in words: "10 to 4,000", "at least 1,000"; null if there are none. */
export function boundsText({ least, most }: Bounds, say: (value: number) => string = numberText): string | null {
  if (least !== null && most !== null) return `${say(least)} to ${say(most)}`;
  if (least !== null) return `at least ${say(least)}`;
  return most === null ? null : `at most ${say(most)}`;
}

export function numberText(value: number): string {
  return value.toLocaleString("en");
}

const SPANS: ReadonlySet<Name> = new Set<Name>(["every", "approval_ttl", "recheck_after"]);

export function isSpan(name: Name): boolean {
  return SPANS.has(name);
}

/** Return the display text of a field's value. */
export function valueText(name: Name, value: unknown): string {
  if (name === "active_hours") return hoursText(value);
  if (name === "model" && value === null) return "the service’s own";
  if (name === "sources") return sourcesText(value);
  if (value === null || value === undefined) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length === 0 ? "no kind" : value.join(", ");
  if (typeof value === "number") return isSpan(name) ? spanText(value) : numberText(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Return the content of a text field; empty for values that are neither text nor a number. */
export function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** How the default stands in the list of sources. */
export const PUBLIC_TEXT = "everything public";

function sourcesText(value: unknown): string {
  if (!Array.isArray(value)) return PUBLIC_TEXT;
  if (value.length === 0) return "its conversation alone";
  return value.map((each) => (each === DEFAULT_SOURCES ? PUBLIC_TEXT : String(each))).join(", ");
}

export interface Hours {
  start: string;
  end: string;
}

export function isHours(value: unknown): value is Hours {
  return typeof value === "object" && value !== null && "start" in value && "end" in value;
}

function hoursText(value: unknown): string {
  return isHours(value) ? `${value.start} to ${value.end}` : "all day";
}
