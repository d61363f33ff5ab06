/** The theme of the panel. */
import { createTheme, type CSSVariablesResolver, localStorageColorSchemeManager } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "cyan",
  // White text on it has a contrast of 5:1 in both colour schemes.
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
    // Links must be recognisable by more than their colour.
    Anchor: { defaultProps: { underline: "always" } },
    // Its button has only an icon.
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
  },
});

/** Mantine's own hover colour is paler than the button, so that white text on it has too little contrast. */
const HOVER = "#095c6b";

/** Replaces Mantine's colours for dimmed text and for text on red, whose contrast is too low. */
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

/** The key under which the choice is stored; public/scheme.js reads it before the first paint. */
export const scheme = localStorageColorSchemeManager({ key: "heartbeat-scheme" });
