/** What the navigation leads to. */
import {
  IconActivityHeartbeat,
  IconFileText,
  IconHistory,
  IconLayoutDashboard,
  IconMessages,
  IconUserCheck,
} from "@tabler/icons-react";

export const PLACES = [
  { to: "/", label: "Overview", icon: IconLayoutDashboard },
  { to: "/instructions", label: "HEARTBEAT.md", icon: IconFileText },
  { to: "/approvals", label: "Approvals", icon: IconUserCheck },
  { to: "/history", label: "History", icon: IconHistory },
  { to: "/forum", label: "Forum", icon: IconMessages },
] as const;

export const LOGO = IconActivityHeartbeat;
