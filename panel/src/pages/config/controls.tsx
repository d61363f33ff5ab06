/** The simple controls: a switch, a number, a choice, a text, a duration. */
import { Button, Group, NativeSelect, NumberInput, Switch, TextInput } from "@mantine/core";

import { Field } from "./Field";
import { boundsText, isSpan, type Name, textOf } from "./fields";
import { useField } from "./form";
import { spanOf, spanText } from "./spans";
import { choiceText, WORDS } from "./words";

interface Props {
  name: Name;
}

/** The field's state, and the properties that all controls share. */
function useControl(name: Name) {
  const field = useField(name);
  const { label, help } = WORDS[name];
  const bounds = boundsText(field.bounds, isSpan(name) ? spanText : undefined);
  return {
    field,
    common: { id: field.id, label, description: bounds === null ? help : `${help}; ${bounds}`, error: field.error },
  };
}

export function SwitchField({ name }: Props) {
  const { field, common } = useControl(name);
  return (
    <Field name={name}>
      <Switch
        {...common}
        checked={field.value === true}
        onChange={(event) => field.change(event.currentTarget.checked)}
      />
    </Field>
  );
}

export function NumberField({ name, step = 1, decimals = 0 }: Props & { step?: number; decimals?: number }) {
  const { field, common } = useControl(name);
  const { least, most, nullable } = field.bounds;
  return (
    <Field name={name}>
      <NumberInput
        {...common}
        value={typeof field.value === "number" || typeof field.value === "string" ? field.value : ""}
        onChange={(value) => field.change(value === "" && nullable ? null : value)}
        {...(least !== null && { min: least })}
        {...(most !== null && { max: most })}
        // Values out of bounds stay as typed; the service's message says what is allowed.
        clampBehavior="none"
        step={step}
        decimalScale={decimals}
        allowDecimal={decimals > 0}
        thousandSeparator=","
        placeholder={nullable ? "none" : ""}
      />
    </Field>
  );
}

export function ChoiceField({ name }: Props) {
  const { field, common } = useControl(name);
  const { choices } = field.bounds;
  const value = String(field.value);
  const offered = choices.includes(value) ? choices : [...choices, value];
  return (
    <Field name={name}>
      <NativeSelect
        {...common}
        value={value}
        onChange={(event) => field.change(event.currentTarget.value)}
        data={offered.map((choice) => ({ value: choice, label: choiceText(name, choice) }))}
      />
    </Field>
  );
}

export function TextField({ name, placeholder }: Props & { placeholder?: string }) {
  const { field, common } = useControl(name);
  return (
    <Field name={name}>
      <TextInput
        {...common}
        value={typeof field.value === "string" ? field.value : ""}
        onChange={(event) => field.change(event.currentTarget.value)}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
      />
    </Field>
  );
}

/** A duration as text, with preset buttons for those within the bounds. */
export function SpanField({ name, presets }: Props & { presets: readonly string[] }) {
  const { field, common } = useControl(name);
  const text = typeof field.value === "number" ? spanText(field.value) : textOf(field.value);
  const now = spanOf(text.trim());
  const { least, most } = field.bounds;
  const offered = presets.filter((preset) => {
    const seconds = spanOf(preset) ?? 0;
    return seconds >= (least ?? 0) && seconds <= (most ?? Infinity);
  });
  return (
    <Field name={name}>
      <TextInput
        {...common}
        value={text}
        onChange={(event) => field.change(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
      />
      <Group gap={4} mt={4} role="group" aria-label={`${common.label}: presets`}>
        {offered.map((preset) => (
          <Button
            key={preset}
            size="compact-xs"
            variant={now === spanOf(preset) ? "filled" : "default"}
            aria-pressed={now === spanOf(preset)}
            onClick={() => field.change(preset)}
          >
            {preset}
          </Button>
        ))}
      </Group>
    </Field>
  );
}
