/** Where to find what a kind asks for: which service it is, a sentence, and the page of the service. */
import { Anchor, NativeSelect, Text } from "@mantine/core";

import type { Kind } from "../../api/types";
import { kindWords } from "./words";

interface Props {
  kind: Kind;
  /** The name of the service, "" for another one. */
  service: string;
  onChange: (service: string, values: Readonly<Record<string, string>>) => void;
}

export function Guides({ kind, service, onChange }: Props) {
  const { guides } = kind;
  const found = guides.find((each) => each.service === service);
  if (guides.length === 0) return null;

  function choose(name: string): void {
    onChange(name, guides.find((each) => each.service === name)?.values ?? {});
  }

  return (
    <>
      <NativeSelect
        label={kindWords(kind.kind).guides ?? "Service"}
        data-autofocus
        value={service}
        data={[{ value: "", label: "choose, to see where to find it" }, ...guides.map((each) => each.service)]}
        onChange={(event) => choose(event.currentTarget.value)}
      />
      {found && (
        <Text size="sm" role="status">
          {found.said}{" "}
          <Anchor href={found.url} target="_blank" rel="noopener noreferrer" size="sm" underline="always">
            {pageText(found.url)}
          </Anchor>
        </Text>
      )}
    </>
  );
}

function pageText(url: string): string {
  return `Open ${new URL(url).host}`;
}
