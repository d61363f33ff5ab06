/** Goes on in a long list, where it goes on. */
import { Button, Center } from "@mantine/core";
import { useState } from "react";

interface Props {
  children: string;
  shown: boolean;
  /** Done when the page is there. */
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
