/** A collapsible section whose content is only rendered while it is open. */
import { Box, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { type ReactNode, useId, useState } from "react";

import classes from "./Fold.module.css";

interface Props {
  title: string;
  /** Whether it is open whatever was clicked, since something in it has to be seen. */
  opened?: boolean;
  children: ReactNode;
}

export function Fold({ title, opened = false, children }: Props) {
  const [clicked, setOpen] = useState(false);
  const open = clicked || opened;
  const inside = useId();
  return (
    <div>
      <UnstyledButton
        className={classes.fold}
        aria-expanded={open}
        aria-controls={inside}
        onClick={() => setOpen((before) => !before)}
      >
        <IconChevronRight size={16} aria-hidden className={classes.arrow} data-open={open || undefined} />
        {title}
      </UnstyledButton>
      <Box id={inside} hidden={!open} mt={6}>
        {open && children}
      </Box>
    </div>
  );
}
