/** What a thread looks at: everything public, or what is chosen; private connections have to be chosen. */
import { MultiSelect, NativeSelect } from "@mantine/core";

import { useConnections } from "../../api/connections";
import { DEFAULT_SOURCES } from "../../api/sources";
import { isLookedAt } from "../../ui/inbox";
import { Field } from "./Field";
import { PUBLIC_TEXT } from "./fields";
import { useField } from "./form";
import { WORDS } from "./words";

const PUBLIC = "public";
const CHOSEN = "chosen";
const FORUM = "forum";

export function SourcesField() {
  const field = useField("sources");
  const connections = useConnections().data?.items.filter(isLookedAt) ?? [];
  const value: readonly string[] | null = Array.isArray(field.value) ? field.value.map(String) : null;
  const privates = new Set(connections.filter((each) => each.private).map(({ name }) => name));
  const offered = [...new Set([DEFAULT_SOURCES, FORUM, ...connections.map(({ name }) => name), ...(value ?? [])])];
  const { label, help } = WORDS.sources;

  return (
    <Field name="sources">
      <NativeSelect
        id={field.id}
        label={label}
        description={help}
        error={field.error}
        value={value === null ? PUBLIC : CHOSEN}
        onChange={(event) => field.change(event.currentTarget.value === PUBLIC ? null : [DEFAULT_SOURCES])}
        data={[
          { value: PUBLIC, label: PUBLIC_TEXT },
          { value: CHOSEN, label: "what is chosen here" },
        ]}
      />
      {value !== null && (
        <MultiSelect
          mt={6}
          aria-label="Chosen sources"
          placeholder={value.length === 0 ? "its conversation alone" : ""}
          value={[...value]}
          onChange={field.change}
          data={offered.map((name) => ({ value: name, label: sourceText(name, privates) }))}
        />
      )}
    </Field>
  );
}

function sourceText(name: string, privates: ReadonlySet<string>): string {
  if (name === DEFAULT_SOURCES) return PUBLIC_TEXT;
  return privates.has(name) ? `${name} (private)` : name;
}
