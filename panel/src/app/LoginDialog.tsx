/** Asks for the token over the page, which stays as it is: what was typed is still there afterwards. */
import { Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import { access, useAccess } from "../api/access";
import { LoginForm } from "../pages/login/LoginForm";

export function LoginDialog() {
  const asked = useAccess() === "asked";
  const queries = useQueryClient();
  const goOn = useCallback(() => {
    if (access.get() !== "asked") return;
    access.entered();
    void queries.invalidateQueries();
  }, [queries]);
  return (
    <Modal
      opened={asked}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title="Log in to go on"
      centered
      overlayProps={{ blur: 8 }}
    >
      <LoginForm onInside={goOn} />
    </Modal>
  );
}
