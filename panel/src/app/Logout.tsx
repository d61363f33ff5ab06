/** The logout button, shown if a token is set. */
import { Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";

import { useLogout, useSession } from "../api/session";

export function Logout() {
  const session = useSession();
  const logout = useLogout();
  const navigate = useNavigate();
  if (!session.data?.token_needed) return null;
  return (
    <Button
      variant="default"
      loading={logout.isPending}
      onClick={() =>
        logout.mutate(undefined, { onSuccess: () => void navigate({ to: "/login", search: { back: "/" } }) })
      }
    >
      Log out
    </Button>
  );
}
