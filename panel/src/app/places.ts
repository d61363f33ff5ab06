/** The entries of the navigation. */
import {
  IconActivityHeartbeat,
  IconAdjustments,
  IconFileText,
  IconHeartbeat,
  IconHistory,
  IconLayoutDashboard,
  IconMessages,
  IconUserCheck,
  IconWorld,
} from "@tabler/icons-react";

export const PLACES = [
  { to: "/", label: "Overview", icon: IconLayoutDashboard },
  { to: "/threads", label: "Threads", icon: IconHeartbeat },
  { to: "/instructions", label: "HEARTBEAT.md", icon: IconFileText },
  { to: "/approvals", label: "Approvals", icon: IconUserCheck },
  { to: "/history", label: "History", icon: IconHistory },
  { to: "/forum", label: "Forum", icon: IconMessages },
  { to: "/world", label: "World", icon: IconWorld },
  { to: "/defaults", label: "Defaults", icon: IconAdjustments },
] as const;

export const LOGO = IconActivityHeartbeat;
