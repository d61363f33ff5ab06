/** Addresses of the login page and of the page to return to after it. */
import type { Router } from "./router";

/** Return the path of the panel to open after the login; the Overview if `back` is no such path. */
export function safeBack(back: unknown): string {
  if (typeof back !== "string" || !back.startsWith("/") || /^\/[/\\]/.test(back)) return "/";
  return back.startsWith("/login") ? "/" : back;
}

export async function toLogin(router: Router): Promise<void> {
  const { pathname, href } = router.state.location;
  if (pathname === "/login") return;
  await router.navigate({ to: "/login", search: { back: safeBack(href) }, replace: true });
}
