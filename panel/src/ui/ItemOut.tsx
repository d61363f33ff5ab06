/** A link to where an item of the inbox comes from, in a new tab; nothing where its address is none of the web. */
import { Anchor } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";

import { webLink } from "./webLink";

export function ItemOut({ url }: { url: string | null }) {
  const link = webLink(url);
  if (link === null) return null;
  return (
    <Anchor href={link.href} target="_blank" rel="noopener noreferrer" inherit underline="always">
      {link.host}
      <IconExternalLink size={12} role="img" aria-label="(opens in a new tab)" style={{ marginLeft: 3, verticalAlign: -1 }} />
    </Anchor>
  );
}
