/** The state that all fields of the form share. */
import { createContext, use } from "react";

import type { Scope } from "../../api/config";
import { fieldProblem } from "../../api/problem";
import type { Edit, Edits } from "./edits";
import { type Bounds, boundsOf, type Name, type Values } from "./fields";

export interface FormState {
  scope: Scope;
  fields: Readonly<Record<string, unknown>>;
  /** The saved effective values, and the values that apply to fields that are not set here. */
  saved: Values;
  inherited: Values;
  /** The saved values with the edits applied. */
  shown: Values;
  edits: Edits;
  origins: Readonly<Record<string, string>>;
  /** The errors of the last save and of the schedule of the form's values. */
  problems: readonly unknown[];
  change: (name: Name, value: unknown) => void;
  inherit: (name: Name) => void;
  undo: (name: Name) => void;
}

export const FormContext = createContext<FormState | null>(null);

export function useForm(): FormState {
  const form = use(FormContext);
  if (form === null) throw new Error("no form around this field");
  return form;
}

export interface FieldState {
  value: unknown;
  saved: unknown;
  inherited: unknown;
  edit: Edit | undefined;
  origin: string;
  bounds: Bounds;
  id: string;
  error: string | null;
  change: (value: unknown) => void;
}

/** Return the id of a field's control, which is focused after a refused save. */
export function idOf(field: string): string {
  return `config-${field.replace("config.", "").replace(".", "-")}`;
}

export function problemAt(problems: readonly unknown[], field: string): string | null {
  for (const problem of problems) {
    const said = fieldProblem(problem, field);
    if (said !== null) return said;
  }
  return null;
}

export function useField(name: Name): FieldState {
  const form = useForm();
  return {
    value: form.shown[name],
    saved: form.saved[name],
    inherited: form.inherited[name],
    edit: form.edits[name],
    origin: form.origins[name] ?? "default",
    bounds: boundsOf(form.fields, name),
    id: idOf(name),
    error: problemAt(form.problems, name),
    change: (value) => form.change(name, value),
  };
}
