// Sets the colour scheme before the first paint, so that a dark page does not flash up in light colours. This is a file
// because the content security policy forbids inline scripts.
(() => {
  let chosen = "auto";
  try {
    chosen = localStorage.getItem("heartbeat-scheme") ?? "auto";
  } catch {
    // Without local storage the system's setting is used.
  }
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
