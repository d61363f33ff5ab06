/** The way to the login page and back. */
import type { Router } from "./router";

/** A path of the panel to go back to; anything else would lead elsewhere, and becomes the Overview. */
export function safeBack(back: unknown): string {
  if (typeof back !== "string" || !back.startsWith("/") || /^\/[/\\]/.test(back)) return "/";
  return back.startsWith("/login") ? "/" : back;
}

export async function toLogin(router: Router): Promise<void> {
  const { pathname, href } = router.state.location;
  if (pathname === "/login") return;
  await router.navigate({ to: "/login", search: { back: safeBack(href) }, replace: true });
}
