/** The time zone of a config. */
import { Field } from "./Field";
import { textOf } from "./fields";
import { useField } from "./form";
import { WORDS } from "./words";
import { ZoneInput } from "./ZoneInput";

export function ZoneField() {
  const field = useField("timezone");
  const { label, help } = WORDS.timezone;
  return (
    <Field name="timezone">
      <ZoneInput
        id={field.id}
        label={label}
        description={help}
        error={field.error}
        value={textOf(field.value)}
        onChange={field.change}
      />
    </Field>
  );
}
