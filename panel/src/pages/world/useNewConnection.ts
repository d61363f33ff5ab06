/** A new connection: what is typed, its test, and its saving, which tests first. */
import { useState } from "react";

import { useAddConnection, useConnections, useTestNew } from "../../api/connections";
import type { Connection, Kind } from "../../api/types";
import { type Fields, fieldsOf, isHopeless, isPublic, newValues } from "./form";
import { freeName } from "./words";

export function useNewConnection(kind: Kind, onSaved: (made: Connection) => void) {
  const taken = useConnections().data?.items.map((each) => each.name) ?? [];
  const [fields, setFields] = useState(() => fieldsOf(kind));
  const [typedName, setName] = useState<string | null>(null);
  const [service, setService] = useState("");
  const test = useTestNew();
  const add = useAddConnection();
  const name = typedName ?? freeName(kind.kind, taken);
  const body = { name: name.trim(), kind: kind.kind, values: newValues(kind, fields) };
  const canTest = !isPublic(fields);
  const isTested = test.data !== undefined || test.error !== null;

  /** What was refused or tried is not what the form holds now. */
  function forget(): void {
    test.reset();
    add.reset();
  }

  function save(): void {
    // A test that failed has been seen: whoever saves again wants it all the same.
    if (!canTest || (isTested && !isHopeless(test.data, kind))) add.mutate(body, { onSuccess: onSaved });
    else
      test.mutate(body, {
        onSuccess: (result) => {
          if (result.ok) add.mutate(body, { onSuccess: onSaved });
        },
      });
  }

  return {
    fields,
    name,
    service,
    canTest,
    trial: test.data,
    error: add.error ?? test.error,
    isTesting: test.isPending,
    isSaving: add.isPending,
    /** Whether the test failed, so that saving does so all the same. */
    isAllTheSame: test.data?.ok === false && !isHopeless(test.data, kind),
    change: (next: Fields) => {
      forget();
      setFields(next);
    },
    rename: (next: string) => {
      forget();
      setName(next);
    },
    choose: (next: string, values: Readonly<Record<string, string>>) => {
      forget();
      setService(next);
      setFields((before) => ({ ...before, typed: { ...before.typed, ...values } }));
    },
    runTest: () => {
      forget();
      test.mutate(body);
    },
    save,
  };
}
