/** The fields of a tell, or of a note: its file and its text. */
import { Textarea, TextInput } from "@mantine/core";

import type { Changeable, Proposal } from "./proposal";

interface Props {
  proposal: Proposal;
  fields: Changeable;
  onChange: (changed: Partial<Changeable>) => void;
  problem: (name: string) => string | null;
}

export function WordsEdited({ proposal, fields, onChange, problem }: Props) {
  if (proposal.kind !== "tell" && proposal.kind !== "note") return null;
  return (
    <>
      {proposal.kind === "note" && (
        <TextInput
          label="File"
          value={fields.file}
          onChange={({ currentTarget: { value } }) => onChange({ file: value })}
          error={problem("file")}
        />
      )}
      <Textarea
        label={proposal.mode === "tick" ? "Box to tick" : "Text"}
        data-autofocus
        autosize
        minRows={1}
        maxRows={8}
        value={fields.text}
        onChange={({ currentTarget: { value } }) => onChange({ text: value })}
        error={problem("text")}
      />
    </>
  );
}
