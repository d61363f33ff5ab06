/** The button that loads another page of a list. */
import { Button, Center } from "@mantine/core";
import { useState } from "react";

interface Props {
  children: string;
  shown: boolean;
  /** Resolves when the page is loaded. */
  onMore: () => Promise<unknown>;
}

export function More({ children, shown, onMore }: Props) {
  const [busy, setBusy] = useState(false);

  async function go(): Promise<void> {
    setBusy(true);
    try {
      await onMore();
    } finally {
      setBusy(false);
    }
  }

  if (!shown) return null;
  return (
    <Center>
      <Button variant="default" size="sm" loading={busy} onClick={() => void go()}>
        {children}
      </Button>
    </Center>
  );
}
