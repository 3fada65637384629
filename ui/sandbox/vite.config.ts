// Builds the sandbox after the page, into the same folder: a build of its own, so that it shares no file with the page.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { precompress } from '../build/precompress.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [precompress(9)],
  build: {
    outDir: here('../../llms/_ui'),
    assetsDir: 'sandbox',
    emptyOutDir: false,
    assetsInlineLimit: 0,
    sourcemap: false,
    target: 'es2022',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Mermaid's kinds of diagrams are chunks of their own, some of them large.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: { input: here('./sandbox.html') },
  },
})
