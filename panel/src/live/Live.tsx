/** Keeps the event stream open while the page is open. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { access, loggedOut } from "../api/access";
import { reach } from "../api/reach";
import { session } from "../api/session";
import { connect } from "./connection";
import { Feed } from "./feed";

/** Check the session after the stream was lost; returns whether to reconnect. */
async function mayComeBack(): Promise<boolean> {
  try {
    const { token_needed, logged_in } = await session();
    if (!token_needed || logged_in) return true;
    if (access.refused()) {
      await access.answered();
      return true;
    }
    loggedOut();
    return false;
  } catch {
    return true;
  }
}

export function Live() {
  const queries = useQueryClient();
  useEffect(() => {
    const feed = new Feed(queries);
    const close = connect({
      event: (event) => feed.take(event),
      opened: () => {
        reach.found();
        feed.everything();
      },
      lost: mayComeBack,
    });
    return () => {
      close();
      feed.stop();
    };
  }, [queries]);
  return null;
}
