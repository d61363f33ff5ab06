/** The fields of a connection's form, and the values that they stand for. */
import type { Connection } from "../../api/types";

export const KINDS = [
  { value: "apprise", label: "a message, through Apprise" },
  { value: "folder", label: "a folder of Markdown files" },
] as const;

export type Repeat = "default" | "yes" | "no";

export interface Fields {
  name: string;
  kind: string;
  url: string;
  reach: string;
  repeat: Repeat;
  path: string;
  glob: string;
}

export const EMPTY: Fields = {
  name: "",
  kind: "apprise",
  url: "",
  reach: "owner",
  repeat: "default",
  path: "",
  glob: "",
};

/** Return the fields of a connection that is there; its address is never shown again. */
export function fieldsOf({ name, kind, values, reach }: Connection): Fields {
  const { repeat, path, glob } = values;
  return {
    name,
    kind,
    url: "",
    reach: reach ?? "owner",
    repeat: repeat === true ? "yes" : repeat === false ? "no" : "default",
    path: typeof path === "string" ? path : "",
    glob: typeof glob === "string" ? glob : "",
  };
}

/** Return the values of a new connection: what is left empty has its default. */
export function newValues(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...allOf(fields), ...reachOf(fields) }).filter(([, value]) => value !== null));
}

/** Return the values that change: null is the default; the address is kept unless another is given. */
export function changedValues(fields: Fields): Record<string, unknown> {
  const values = allOf(fields);
  if (values.url === null) delete values.url;
  return values;
}

function allOf({ kind, url, repeat, path, glob }: Fields): Record<string, unknown> {
  if (kind === "folder") return { path: textOf(path), glob: textOf(glob) };
  return { url: textOf(url), repeat: repeat === "default" ? null : repeat === "yes" };
}

/** Who sees it is chosen once, and never changes. */
function reachOf({ kind, reach }: Fields): Record<string, unknown> {
  return kind === "apprise" ? { reach } : {};
}

function textOf(typed: string): string | null {
  const text = typed.trim();
  return text === "" ? null : text;
}
