// Before the first paint, so that no light page flashes up in the dark; a file, since no inline script may run.
(() => {
  let chosen = "auto";
  try {
    chosen = localStorage.getItem("heartbeat-scheme") ?? "auto";
  } catch {
    // A browser that keeps nothing follows its own setting.
  }
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
