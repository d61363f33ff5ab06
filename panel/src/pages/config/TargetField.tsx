/** Where actions go: one target or several, in the order in which they are asked. */
import { MultiSelect } from "@mantine/core";

import { useConnections } from "../../api/connections";
import { Field } from "./Field";
import { useField } from "./form";
import { reachOf, targetText } from "./reaches";
import { choiceText, WORDS } from "./words";

/** The target that does nothing; the service refuses it beside others. */
const NONE = "none";

export function TargetField() {
  const field = useField("target");
  const connections = useConnections().data?.items ?? [];
  const { choices } = field.bounds;
  const value: string[] = Array.isArray(field.value) ? field.value.map(String) : [String(field.value)];
  const offered = [...choices, ...value.filter((name) => !choices.includes(name))];
  const { label, help } = WORDS.target;

  function choose(names: string[]): void {
    const last = names.at(-1);
    const kept = last === NONE ? [NONE] : names.filter((name) => name !== NONE);
    // One target is stored as its name, so that an equal choice is an equal value.
    if (kept.length > 0) field.change(kept.length === 1 ? kept[0] : kept);
  }

  return (
    <Field name="target">
      <MultiSelect
        id={field.id}
        label={label}
        description={[help, reachOf(value, connections)].filter(Boolean).join(". ")}
        error={field.error}
        value={value}
        onChange={choose}
        data={offered.map((name) => ({ value: name, label: targetText(name, choiceText("target", name), connections) }))}
      />
    </Field>
  );
}
