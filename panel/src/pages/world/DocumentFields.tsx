/** The fields of a feed or a calendar, at an address or in a file, and those of a page or a check at an address. */
import { Checkbox, NativeSelect, TextInput } from "@mantine/core";

import { fieldProblem } from "../../api/problem";
import type { ConnectionKind } from "../../api/types";
import { LookFields, type LookProps } from "./LookFields";
import { isSecret, type Place } from "./values";

export function DocumentFields(props: LookProps) {
  const { fields, error, onChange } = props;
  return (
    <>
      {mayBeFile(fields.kind) && (
        <NativeSelect
          label="Where it is"
          value={fields.place}
          onChange={(event) => onChange({ ...fields, place: event.currentTarget.value as Place })}
          data={[
            { value: "web", label: "at an address of the web" },
            { value: "file", label: "in a file" },
          ]}
        />
      )}
      {fields.place === "web" || !mayBeFile(fields.kind) ? <Address {...props} /> : <File {...props} />}
      <LookFields {...props} />
      {fields.kind === "calendar" ? (
        <CalendarFields {...props} />
      ) : (
        <Checkbox
          label="Private: only threads that name it look at it"
          checked={fields.private}
          onChange={(event) => onChange({ ...fields, private: event.currentTarget.checked })}
          error={fieldProblem(error, "private")}
        />
      )}
    </>
  );
}

function mayBeFile(kind: ConnectionKind): boolean {
  return kind === "calendar" || kind === "feed";
}

function Address({ fields, there, error, onChange }: LookProps) {
  const secret = isSecret(fields.kind);
  return (
    <TextInput
      label="Address"
      description={
        there && secret
          ? "Kept as it is unless you give another"
          : secret
            ? "Like https://example.org/me.ics; it is kept apart and never shown again"
            : `Like https://example.org/${fields.kind === "feed" ? "feed.xml" : ""}`
      }
      required={!(there && secret)}
      inputMode="url"
      autoComplete="off"
      spellCheck={false}
      value={fields.url}
      onChange={(event) => onChange({ ...fields, url: event.currentTarget.value })}
      error={fieldProblem(error, "url") ?? fieldProblem(error, "http") ?? fieldProblem(error, "lan")}
    />
  );
}

function File({ fields, error, onChange }: LookProps) {
  return (
    <TextInput
      label="Path"
      description="Within the workspace, or in a folder that HEARTBEAT_FOLDERS names"
      required
      autoComplete="off"
      spellCheck={false}
      value={fields.path}
      onChange={(event) => onChange({ ...fields, path: event.currentTarget.value })}
      error={fieldProblem(error, "path")}
    />
  );
}

function CalendarFields({ fields, error, onChange }: LookProps) {
  return (
    <>
      <TextInput
        label="Days ahead"
        description="1 to 60; empty: 7"
        placeholder="7"
        inputMode="numeric"
        autoComplete="off"
        value={fields.days}
        onChange={(event) => onChange({ ...fields, days: event.currentTarget.value })}
        error={fieldProblem(error, "days")}
      />
      <TextInput
        label="Time zone"
        description="Of appointments without one, like Europe/Berlin; empty: as the calendar says"
        autoComplete="off"
        spellCheck={false}
        value={fields.timezone}
        onChange={(event) => onChange({ ...fields, timezone: event.currentTarget.value })}
        error={fieldProblem(error, "timezone")}
      />
    </>
  );
}
