/** The field of one key of a connection. */
import { Checkbox, NativeSelect, PasswordInput, TextInput } from "@mantine/core";

import type { Key } from "../../api/types";
import { defaultText, keyWords } from "./words";

interface Props {
  kind: string;
  of: Key;
  value: string;
  /** Whether something has to be typed. */
  demanded: boolean;
  /** Whether the connection is there already: a secret is kept unless another is given. */
  there: boolean;
  problem: string | null;
  first?: boolean;
  onChange: (value: string) => void;
}

export function KeyField({ kind, of, value, demanded, there, problem, first = false, onChange }: Props) {
  const { label, help, placeholder, options } = keyWords(kind, of);
  const usual = defaultText(of);
  const common = { label, description: help, error: problem, "data-autofocus": first || undefined };
  const typing = {
    ...common,
    required: demanded,
    placeholder: placeholder ?? usual,
    spellCheck: false,
    value,
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  };
  if (options !== undefined)
    return <NativeSelect {...common} value={value === "" ? usual : value} data={withValue(options, value)} onChange={typing.onChange} />;
  if (of.type === "boolean")
    return (
      <Checkbox
        {...common}
        checked={(value === "" ? usual : value) === "true"}
        onChange={(event) => onChange(String(event.currentTarget.checked))}
      />
    );
  if (of.secret)
    return (
      <PasswordInput
        {...typing}
        // The library leaves it out here.
        aria-invalid={problem !== null || undefined}
        description={there ? "Kept as it is unless you give another." : help}
        // Otherwise the browser fills in the login of this page.
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": "Show what is typed", tabIndex: 0 }}
      />
    );
  return <TextInput {...typing} autoComplete="off" inputMode={of.type === "number" ? "numeric" : undefined} />;
}

/** The value may be one that the words do not know. */
function withValue(options: readonly { value: string; label: string }[], value: string) {
  const isKnown = value === "" || options.some((each) => each.value === value);
  return isKnown ? [...options] : [...options, { value, label: value }];
}
