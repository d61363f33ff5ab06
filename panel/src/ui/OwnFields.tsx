/** The fields of an action whose kind the target defines, as text. */
import classes from "./OwnFields.module.css";
import { type OwnFields as Fields, valueText } from "./valueText";

export function OwnFields({ fields }: { fields: Fields }) {
  return (
    <dl className={classes.fields} data-testid="own-fields">
      {Object.entries(fields).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{valueText(value) === "" ? "none" : valueText(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
