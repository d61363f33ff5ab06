/** The fields that all connections have that are looked at: how often, and what the first look takes. */
import { NativeSelect, TextInput } from "@mantine/core";

import { fieldProblem } from "../../api/problem";
import type { Fields } from "./values";

export interface LookProps {
  fields: Fields;
  /** Whether it is there already. */
  there: boolean;
  error: unknown;
  onChange: (fields: Fields) => void;
}

const SINCE = [
  { value: "now", label: "nothing old: only what is new from now on" },
  { value: "1d", label: "what came in the last day" },
  { value: "7d", label: "what came in the last week" },
  { value: "all", label: "everything" },
];

export function LookFields({ fields, there, error, onChange }: LookProps) {
  const usual = fields.kind === "folder" || fields.kind === "check" ? "5m" : "30m";
  return (
    <>
      <TextInput
        label="Look every"
        description={`Like 5m, 1h or 1d, from 1m to 7d; empty: ${usual}`}
        placeholder={usual}
        autoComplete="off"
        value={fields.every}
        onChange={(event) => onChange({ ...fields, every: event.currentTarget.value })}
        error={fieldProblem(error, "every")}
      />
      {!there && fields.kind !== "check" && (
        <NativeSelect
          label="The first look takes"
          description="What is still open or due is always taken."
          value={fields.since}
          onChange={(event) => onChange({ ...fields, since: event.currentTarget.value })}
          data={SINCE}
          error={fieldProblem(error, "since")}
        />
      )}
    </>
  );
}
