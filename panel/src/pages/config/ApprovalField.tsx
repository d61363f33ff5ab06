/** Which actions wait for a person: none, all, or some kinds. */
import { Checkbox, Group, NativeSelect } from "@mantine/core";

import { Field } from "./Field";
import { useField } from "./form";
import { choiceText, WORDS } from "./words";

const KINDS = "kinds";

export function ApprovalField() {
  const field = useField("approval");
  const { choices, items } = field.bounds;
  const kinds: readonly unknown[] | null = Array.isArray(field.value) ? field.value : null;
  const { label, help } = WORDS.approval;

  function toggle(kind: string): void {
    // Kept in the order of the service, so that an equal choice is an equal value.
    field.change(items.filter((each) => (each === kind) !== (kinds?.includes(each) ?? false)));
  }

  return (
    <Field name="approval">
      <NativeSelect
        id={field.id}
        label={label}
        description={help}
        error={field.error}
        value={kinds === null ? String(field.value) : KINDS}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          field.change(chosen === KINDS ? items : chosen);
        }}
        data={[
          ...choices.map((choice) => ({ value: choice, label: choiceText("approval", choice) })),
          { value: KINDS, label: "for these kinds" },
        ]}
      />
      {kinds !== null && (
        <Group gap="md" mt={6} role="group" aria-label="Kinds that wait for approval">
          {items.map((kind) => (
            <Checkbox key={kind} label={choiceText("approval", kind)} checked={kinds.includes(kind)} onChange={() => toggle(kind)} />
          ))}
        </Group>
      )}
    </Field>
  );
}
