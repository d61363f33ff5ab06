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
  /** What else can be chosen, below that. */
  more?: ReactNode;
  /** The label of the confirming button. */
  yes: string;
  onConfirm: () => void;
}

export function ConfirmButton({ children, question, consequence, more, yes, onConfirm, ...button }: Props) {
  const [asked, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button {...button} onClick={open}>
        {children}
      </Button>
      <Modal opened={asked} onClose={close} title={question} centered closeButtonProps={{ "aria-label": "Close" }}>
        <Text size="sm">{consequence}</Text>
        {more}
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
