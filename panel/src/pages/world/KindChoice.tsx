/** The kinds of connections, to choose one from. */
import { Text, UnstyledButton } from "@mantine/core";

import type { Kind } from "../../api/types";
import { useFocusFirst } from "../../ui/useFocusFirst";
import { inOrder, kindWords } from "./words";
import classes from "./World.module.css";

interface Props {
  kinds: readonly Kind[];
  onChoose: (kind: Kind) => void;
}

export function KindChoice({ kinds, onChoose }: Props) {
  const step = useFocusFirst<HTMLUListElement>();
  return (
    <ul ref={step} className={classes.kinds} aria-label="Kinds">
      {inOrder(kinds).map((each, place) => (
        <li key={each.kind}>
          <Choice kind={each} first={place === 0} onChoose={() => onChoose(each)} />
        </li>
      ))}
    </ul>
  );
}

function Choice({ kind, first, onChoose }: { kind: Kind; first: boolean; onChoose: () => void }) {
  const { label, help, icon: Shape } = kindWords(kind.kind);
  return (
    <UnstyledButton className={classes.choice} data-autofocus={first || undefined} onClick={onChoose}>
      <Shape size={22} aria-hidden className={classes.kind} />
      <span>
        <Text span fw={600} display="block">
          {label}
        </Text>
        <Text span size="sm" c="dimmed" display="block">
          {help}
        </Text>
      </span>
    </UnstyledButton>
  );
}
