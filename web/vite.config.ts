import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Paths in the built page are relative: `<base href>`, which the server writes, says below which path it is served.
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: { outDir: "../src/bakehouse/server/ui", emptyOutDir: true, target: "es2022", reportCompressedSize: false },
  server: { proxy: { "/apis": "http://127.0.0.1:8811" } },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"] },
});
