/** Where the values of the workspace's defaults come from. */
import type { Defaults } from "../../api/types";
import { boundsOf, type Name, type Values } from "./fields";

function names(fields: Readonly<Record<string, unknown>>): Name[] {
  return Object.keys(fields.properties ?? {}) as Name[];
}

/** Return the built-in values, from the schema of the fields. */
export function builtIn(fields: Readonly<Record<string, unknown>>): Values {
  return Object.fromEntries(names(fields).map((name) => [name, boundsOf(fields, name).preset]));
}

/** Return the origin of each field in the form that the API uses for threads: "workspace" or "default". */
export function originsOf({ fields, overrides }: Defaults): Record<string, string> {
  return Object.fromEntries(names(fields).map((name) => [name, name in overrides ? "workspace" : "default"]));
}
