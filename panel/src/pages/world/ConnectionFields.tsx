/** The fields of a connection, for a new one and for one that changes. */
import { Anchor, NativeSelect, TextInput } from "@mantine/core";

import { fieldProblem } from "../../api/problem";
import { DocumentFields } from "./DocumentFields";
import { LookFields, type LookProps } from "./LookFields";
import { EMPTY, type Repeat } from "./values";

interface Props extends LookProps {
  /** Whether it is there already: its address is kept unless another is given, and some keys never change. */
  there: boolean;
}

export function ConnectionFields(props: Props) {
  switch (props.fields.kind) {
    case "apprise":
      return <AppriseFields {...props} />;
    case "folder":
      return <FolderFields {...props} />;
    default:
      return <DocumentFields {...props} />;
  }
}

function AppriseFields({ fields, there, error, onChange }: Props) {
  return (
    <>
      <TextInput
        label="Address"
        description={there ? "Kept as it is unless you give another" : "Like ntfys://ntfy.sh/topic; it is kept apart and never shown again"}
        required={!there}
        autoComplete="off"
        spellCheck={false}
        value={fields.url}
        onChange={(event) => onChange({ ...fields, url: event.currentTarget.value })}
        error={fieldProblem(error, "url")}
      />
      {/* Below its field, so that the keyboard gets to the field first. */}
      <Anchor href="https://github.com/caronc/apprise/wiki" target="_blank" rel="noreferrer" size="xs" underline="always">
        All services and their addresses
      </Anchor>
      {!there && (
        <NativeSelect
          label="Who sees what goes there"
          description="It never changes; a public one takes posts, the other what you are told."
          value={fields.reach}
          onChange={(event) => onChange({ ...fields, reach: event.currentTarget.value })}
          data={[
            { value: "owner", label: "only you" },
            { value: "public", label: "others too: public" },
          ]}
          error={fieldProblem(error, "reach")}
        />
      )}
      <NativeSelect
        label="If it is not known whether something arrived"
        value={fields.repeat}
        onChange={(event) => onChange({ ...fields, repeat: event.currentTarget.value as Repeat })}
        data={[
          { value: "default", label: fields.reach === "public" ? "do not send it again (default)" : "send it again (default)" },
          { value: "yes", label: "send it again: better twice than never" },
          { value: "no", label: "do not send it again: better never than twice" },
        ]}
        error={fieldProblem(error, "repeat")}
      />
    </>
  );
}

function FolderFields({ fields, there, error, onChange }: Props) {
  return (
    <>
      <TextInput
        label="Path"
        description="Within the workspace, or a folder that HEARTBEAT_FOLDERS names"
        required
        value={fields.path}
        onChange={(event) => onChange({ ...fields, path: event.currentTarget.value })}
        error={fieldProblem(error, "path")}
      />
      <TextInput
        label="Files"
        description="A pattern; empty: all Markdown files"
        placeholder="**/*.md"
        value={fields.glob}
        onChange={(event) => onChange({ ...fields, glob: event.currentTarget.value })}
        error={fieldProblem(error, "glob")}
      />
      <LookFields fields={fields} there={there} error={error} onChange={onChange} />
    </>
  );
}

/** Return whether one of the fields shows the error. */
export function isShown(error: unknown): boolean {
  return Object.keys(EMPTY).some((name) => fieldProblem(error, name) !== null);
}
