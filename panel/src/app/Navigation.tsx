/** The navigation: a link to each page. */
import { Badge, VisuallyHidden } from "@mantine/core";

import { useStatus } from "../api/status";
import { LinkNav } from "../ui/links";
import { PLACES } from "./places";

export function Navigation() {
  const waiting = useStatus().data?.awaiting_approval ?? 0;
  return PLACES.map(({ to, label, icon: Shape }) => (
    <LinkNav
      key={to}
      to={to}
      label={label}
      activeOptions={{ exact: to === "/", includeSearch: false }}
      activeProps={{ active: true, "aria-current": "page" }}
      leftSection={<Shape size={18} stroke={1.8} aria-hidden />}
      rightSection={to === "/approvals" && waiting > 0 && <Waiting number={waiting} />}
      style={{ borderRadius: "var(--mantine-radius-md)" }}
    />
  ));
}

function Waiting({ number }: { number: number }) {
  return (
    <Badge size="sm" color="yellow" variant="filled" circle={number < 10}>
      {number}
      <VisuallyHidden> waiting</VisuallyHidden>
    </Badge>
  );
}
