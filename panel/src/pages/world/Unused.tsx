/** Said of a private connection that no thread looks at, with the question which threads are to. */
import { Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import { WhoLooks } from "./WhoLooks";

export function Unused({ name }: { name: string }) {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <Group gap="xs">
      <Text size="sm">Unused: no thread looks at it, since only those do that name it.</Text>
      <Button size="xs" variant="light" aria-label={`Choose who looks at it: ${name}`} onClick={open}>
        Choose who looks at it
      </Button>
      <Modal opened={opened} onClose={close} title={name} closeButtonProps={{ "aria-label": "Close" }}>
        <WhoLooks name={name} onDone={close} />
      </Modal>
    </Group>
  );
}
