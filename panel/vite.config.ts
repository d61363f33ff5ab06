import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compress } from "./compress.ts";

const service = process.env.HEARTBEAT_URL ?? "http://127.0.0.1:8765";

export default defineConfig({
  plugins: [react(), compress()],
  build: {
    outDir: "../heartbeat_service/panel",
    emptyOutDir: true,
    target: "es2022",
    // The service's content security policy forbids data: URLs for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The editor and the charts are large, but only loaded with the pages that use them.
    chunkSizeWarningLimit: 700,
  },
  // `npm run dev`: Vite serves the page and forwards everything else to a running service.
  server: { proxy: { "/api": { target: service } } },
  test: {
    restoreMocks: true,
    // A file that renders, or says so in its first line, has a document of its own; making one takes half a second.
    projects: [
      {
        extends: true,
        test: { name: "logic", environment: "node", isolate: false, include: ["src/**/*.test.ts"] },
      },
      {
        extends: true,
        test: {
          name: "pages",
          environment: "happy-dom",
          include: ["src/**/*.test.tsx"],
          setupFiles: ["src/testing/setup.ts"],
        },
      },
    ],
  },
});
