/** One sentence beside sources and targets: what becomes of what is private. */
import { Text } from "@mantine/core";

import { useConnections } from "../../api/connections";
import { useForm } from "./form";
import { outflowText } from "./outflow";

export function OutflowNote() {
  const { shown } = useForm();
  const said = outflowText(shown, useConnections().data?.items ?? []);
  if (said === null) return null;
  return (
    <Text size="sm" c="dimmed" mt="sm">
      {said}
    </Text>
  );
}
