/** The active hours of a config. */
import { Field } from "./Field";
import { isHours } from "./fields";
import { idOf, problemAt, useField, useForm } from "./form";
import { HoursInput } from "./HoursInput";
import { WORDS } from "./words";

export function HoursField() {
  const { problems } = useForm();
  const field = useField("active_hours");
  const { label, help } = WORDS.active_hours;
  return (
    <Field name="active_hours">
      <HoursInput
        id={field.id}
        idOf={(end) => idOf(`active_hours.${end}`)}
        label={label}
        description={help}
        problem={{
          whole: field.error,
          start: problemAt(problems, "active_hours.start"),
          end: problemAt(problems, "active_hours.end"),
        }}
        value={isHours(field.value) ? field.value : null}
        first={isHours(field.saved) ? field.saved : null}
        onChange={field.change}
      />
    </Field>
  );
}
