/** The look of the panel. */
import { createTheme, type CSSVariablesResolver, localStorageColorSchemeManager } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "cyan",
  // White on it has 5:1 in the light and in the dark.
  primaryShade: 9,
  autoContrast: true,
  defaultRadius: "md",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: "650" },
  focusRing: "auto",
  respectReducedMotion: true,
  cursorType: "pointer",
  components: {
    // In a text a link is told by more than its colour.
    Anchor: { defaultProps: { underline: "always" } },
  },
});

/** Mantine's would be paler than the button itself, and white on it hard to read. */
const HOVER = "#095c6b";

/** Mantine's dimmed text and its text on red are paler than people with weak eyes can read. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-cyan-filled-hover": HOVER,
    "--mantine-color-dimmed": "#5c646b",
    "--mantine-color-placeholder": "#6b737b",
    "--mantine-color-error": "#c92a2a",
    "--mantine-color-red-outline": "#c92a2a",
    "--mantine-color-yellow-outline": "#8a5a00",
  },
  dark: {
    "--mantine-color-cyan-filled-hover": HOVER,
    "--mantine-color-dimmed": "#a3a9af",
    "--mantine-color-placeholder": "#8f959b",
    "--mantine-color-error": "#ff8787",
  },
});

/** The choice is kept under the name that public/scheme.js reads before the first paint. */
export const scheme = localStorageColorSchemeManager({ key: "heartbeat-scheme" });
