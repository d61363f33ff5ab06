/** The fields of a connection's form, and the values that they stand for. */
import type { Connection, ConnectionKind } from "../../api/types";
import { spanText } from "../config/spans";

export const KINDS: readonly { value: ConnectionKind; label: string }[] = [
  { value: "apprise", label: "a message, through Apprise" },
  { value: "calendar", label: "a calendar (iCal)" },
  { value: "check", label: "a check: whether something is up" },
  { value: "feed", label: "a feed (RSS or Atom)" },
  { value: "folder", label: "a folder of Markdown files" },
  { value: "page", label: "a web page: what changes on it" },
];

export type Repeat = "default" | "yes" | "no";
/** Where a document is: at an address of the web, or in a file. */
export type Place = "web" | "file";

export interface Fields {
  name: string;
  kind: ConnectionKind;
  url: string;
  reach: string;
  repeat: Repeat;
  path: string;
  glob: string;
  place: Place;
  every: string;
  since: string;
  days: string;
  timezone: string;
  private: boolean;
}

export const EMPTY: Fields = {
  name: "",
  kind: "apprise",
  url: "",
  reach: "owner",
  repeat: "default",
  path: "",
  glob: "",
  place: "web",
  every: "",
  since: "now",
  days: "",
  timezone: "",
  private: false,
};

/** Return the kind of this name, which has a form. */
export function kindOf(name: string): ConnectionKind {
  return KINDS.find(({ value }) => value === name)?.value ?? EMPTY.kind;
}

/** Return the fields of a connection that is there; an address that is a secret is never shown again. */
export function fieldsOf({ name, kind, values, reach }: Connection): Fields {
  const { repeat, every } = values;
  return {
    name,
    kind: kindOf(kind),
    url: typed(values.url ?? values.http),
    reach: reach ?? "owner",
    repeat: repeat === true ? "yes" : repeat === false ? "no" : "default",
    path: typed(values.path),
    glob: typed(values.glob),
    place: values.path === null || values.path === undefined ? "web" : "file",
    every: typeof every === "number" ? spanText(every) : typed(every),
    since: typed(values.since) || EMPTY.since,
    days: typed(values.days),
    timezone: typed(values.timezone),
    private: values.private === true,
  };
}

/** Return whether the address is shown to nobody once it is given. */
export function isSecret(kind: ConnectionKind): boolean {
  return kind === "apprise" || kind === "calendar";
}

/** Return the values of a new connection: what is left empty has its default. */
export function newValues(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...allOf(fields), ...onceOf(fields) }).filter(([, value]) => value !== null));
}

/** Return the values that change: null is the default; an address that is a secret is kept unless another is given. */
export function changedValues(fields: Fields): Record<string, unknown> {
  const { url, ...values } = allOf(fields);
  const isKept = url === null && isSecret(fields.kind) && fields.place === "web";
  return isKept || url === undefined ? values : { ...values, url };
}

function allOf(fields: Fields): Record<string, unknown> {
  switch (fields.kind) {
    case "apprise":
      return { url: textOf(fields.url), repeat: fields.repeat === "default" ? null : fields.repeat === "yes" };
    case "calendar":
      return { ...documentOf(fields), days: daysOf(fields.days), timezone: textOf(fields.timezone) };
    case "check":
      return { http: textOf(fields.url), every: textOf(fields.every), private: fields.private };
    case "feed":
      return { ...documentOf(fields), private: fields.private };
    case "folder":
      return { path: textOf(fields.path), glob: textOf(fields.glob), every: textOf(fields.every) };
    case "mail":
      return { every: textOf(fields.every) };
    case "page":
      return { url: textOf(fields.url), every: textOf(fields.every), private: fields.private };
  }
}

function documentOf({ place, url, path, every }: Fields): Record<string, unknown> {
  return {
    url: place === "web" ? textOf(url) : null,
    path: place === "file" ? textOf(path) : null,
    every: textOf(every),
  };
}

/** What is chosen once: who sees it never changes, and there is one first look. */
function onceOf({ kind, reach, since }: Fields): Record<string, unknown> {
  if (kind === "apprise") return { reach };
  if (kind === "check") return {};
  return { since: since === EMPTY.since ? null : since };
}

/** What is no number is sent as it was typed, so that the service's message says what is wrong with it. */
function daysOf(text: string): number | string | null {
  const typed = textOf(text);
  return typed !== null && /^\d{1,4}$/.test(typed) ? Number(typed) : typed;
}

function textOf(typed: string): string | null {
  const text = typed.trim();
  return text === "" ? null : text;
}

function typed(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
