/** Connecting something: choose a kind, fill in its form, and say which threads look at it if it is private. */
import { Button, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";

import { useKinds } from "../../api/connections";
import type { Connection, Kind } from "../../api/types";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";
import { KindChoice } from "./KindChoice";
import { NewConnection } from "./NewConnection";
import { WhoLooks } from "./WhoLooks";
import { kindWords } from "./words";

interface Props {
  /** Told when its dialog opens and closes: whatever shows it has to stay meanwhile. */
  onBusy?: (busy: boolean) => void;
}

export function AddConnection({ onBusy }: Props) {
  const [opened, { open, close }] = useDisclosure(false, { onOpen: () => onBusy?.(true), onClose: () => onBusy?.(false) });
  const [kind, setKind] = useState<Kind | null>(null);
  const [saved, setSaved] = useState<string | null>(null);
  const title = saved ?? (kind === null ? "Connect something" : kindWords(kind.kind).label);

  function begin(): void {
    setKind(null);
    setSaved(null);
    open();
  }

  function onSaved(made: Connection): void {
    // Threads look at what is not private by themselves.
    if (made.private && made.every !== null) setSaved(made.name);
    else close();
  }

  return (
    <>
      <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={begin}>
        Connect something
      </Button>
      <Modal opened={opened} onClose={close} title={title} size="lg" closeButtonProps={{ "aria-label": "Close" }}>
        {saved !== null ? (
          <WhoLooks name={saved} onDone={close} />
        ) : kind === null ? (
          <Kinds onChoose={setKind} />
        ) : (
          <NewConnection kind={kind} onBack={() => setKind(null)} onSaved={onSaved} />
        )}
      </Modal>
    </>
  );
}

function Kinds({ onChoose }: { onChoose: (kind: Kind) => void }) {
  const { data, error, refetch } = useKinds();
  if (data !== undefined) return <KindChoice kinds={data} onChoose={onChoose} />;
  return error ? <Problem error={error} again={() => void refetch()} /> : <Loading lines={5} height={56} />;
}
