// Builds the UI into the Python package. Addresses are relative, so that any path of any server can hold it.
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  base: './',
  plugins: [vue()],
  resolve: { alias: { '@': here('./src') } },
  worker: { format: 'es' },
  build: {
    outDir: here('../llms/_ui'),
    emptyOutDir: true,
    // The policy of the page allows no data: scripts, and a file of its own can be cached.
    assetsInlineLimit: 0,
    sourcemap: false,
    manifest: 'manifest.json',
    target: 'es2022',
    modulePreload: { polyfill: false },
  },
})
