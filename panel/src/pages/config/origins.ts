/** Where the values of the workspace's defaults come from. */
import type { Defaults } from "../../api/types";
import { boundsOf, type Name, type Values } from "./fields";

function names(fields: Readonly<Record<string, unknown>>): Name[] {
  return Object.keys(fields.properties ?? {}) as Name[];
}

/** The built-in values, from the schema of the fields. */
export function builtIn(fields: Readonly<Record<string, unknown>>): Values {
  return Object.fromEntries(names(fields).map((name) => [name, boundsOf(fields, name).preset]));
}

/** As the service tells it of a thread: "workspace" or "default" for each field. */
export function originsOf({ fields, overrides }: Defaults): Record<string, string> {
  return Object.fromEntries(names(fields).map((name) => [name, name in overrides ? "workspace" : "default"]));
}
