/** A button that asks for confirmation in a dialog. */
import { Button, type ButtonProps, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";

interface Props extends ButtonProps {
  children: ReactNode;
  /** The title of the dialog, a question. */
  question: string;
  /** What the action will do. */
  consequence: string;
  /** The label of the confirming button. */
  yes: string;
  onConfirm: () => void;
}

export function ConfirmButton({ children, question, consequence, yes, onConfirm, ...more }: Props) {
  const [asked, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button {...more} onClick={open}>
        {children}
      </Button>
      <Modal opened={asked} onClose={close} title={question} centered closeButtonProps={{ "aria-label": "Close" }}>
        <Text size="sm">{consequence}</Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close} data-autofocus>
            Cancel
          </Button>
          <Button
            color="red"
            onClick={() => {
              close();
              onConfirm();
            }}
          >
            {yes}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
