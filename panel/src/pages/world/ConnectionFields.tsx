/** The fields of a connection, for a new one and for one that changes: what is demanded, and the rest under "More". */
import { NativeSelect, Stack } from "@mantine/core";
import type { ReactNode } from "react";

import type { Key, Kind, Trial } from "../../api/types";
import { Fold } from "../../ui/Fold";
import { choicesOf, type Fields, isDemanded, problemAt, shownKeys } from "./form";
import { KeyField } from "./KeyField";
import { keyWords } from "./words";

interface Props {
  kind: Kind;
  fields: Fields;
  /** Whether it is there already: its secrets are kept unless others are given, and some keys never change. */
  there: boolean;
  error: unknown;
  trial?: Trial | undefined;
  /** What comes between that which is demanded and the rest. */
  children?: ReactNode;
  onChange: (fields: Fields) => void;
}

export function ConnectionFields({ kind, fields, there, error, trial, children, onChange }: Props) {
  const { asked, more } = shownKeys(kind, fields, there);
  const problemOf = ({ key }: Key) => problemAt(key, error, trial, kind, fields);
  const choices = choicesOf(kind);
  const fieldOf = (each: Key, place: number) => (
    <KeyField
      key={each.key}
      kind={kind.kind}
      of={each}
      value={fields.typed[each.key] ?? ""}
      demanded={isDemanded(each, fields, there)}
      there={there}
      problem={problemOf(each)}
      first={place === 0 && choices.length < 2}
      onChange={(value) => onChange({ ...fields, typed: { ...fields.typed, [each.key]: value } })}
    />
  );
  return (
    <>
      {choices.length > 1 && (
        <NativeSelect
          label="Where it is"
          data-autofocus
          value={fields.chosen ?? ""}
          data={choices.map((each) => ({ value: each.key, label: choiceText(kind.kind, each) }))}
          onChange={(event) => onChange({ ...fields, chosen: event.currentTarget.value })}
        />
      )}
      {asked.map(fieldOf)}
      {children}
      {more.length > 0 && (
        <Fold title="More" opened={more.some((each) => problemOf(each) !== null)}>
          <Stack gap="sm">{more.map((each) => fieldOf(each, -1))}</Stack>
        </Fold>
      )}
    </>
  );
}

/** Return whether one of the fields shows what is wrong. */
export function isShown(kind: Kind, fields: Fields, error: unknown, trial?: Trial): boolean {
  const { asked, more } = shownKeys(kind, fields, false);
  return [...asked, ...more].some(({ key }) => problemAt(key, error, trial, kind, fields) !== null);
}

function choiceText(kind: string, key: Key): string {
  const { choice, label } = keyWords(kind, key);
  return choice ?? label;
}
