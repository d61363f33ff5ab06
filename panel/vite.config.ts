import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const service = process.env.HEARTBEAT_URL ?? "http://127.0.0.1:8765";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../heartbeat_service/panel",
    emptyOutDir: true,
    target: "es2022",
    // The policy of the service allows no data: scripts or fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The editor and the charts are loaded with the pages that show them.
    chunkSizeWarningLimit: 700,
  },
  // `npm run dev`: the page from here, everything else from a service that runs.
  server: { proxy: { "/api": { target: service } } },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/setup.ts"],
    restoreMocks: true,
  },
});
