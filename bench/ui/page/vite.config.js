// Builds the page that is measured: the renderer alone, as the UI builds it, and nothing of the UI around it.
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default {
  root: here("."),
  base: "./",
  resolve: { alias: { "@": here("../../../ui/src") } },
  worker: { format: "es" },
  build: {
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2022",
    modulePreload: { polyfill: false },
  },
};
