// Builds the UI into the Python package. Addresses are relative, so that any path of any server can hold it.
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { onlyWoff2 } from './build/fonts.ts'
import { developmentPage, templateUrl } from './build/page.ts'
import { precompress } from './build/precompress.ts'
import { compilerOptions, noPolicyForVue } from './build/strict-vue.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The gateway that `npm run dev` talks to. */
const gateway = process.env['LLMS_GATEWAY'] ?? 'http://127.0.0.1:8000'

export default defineConfig({
  base: './',
  plugins: [vue({ template: { compilerOptions } }), noPolicyForVue(), onlyWoff2(), developmentPage(), precompress(11)],
  resolve: { alias: { '@': here('./src') } },
  // Every component here is written with the composition API: Vue's code for the other one stays out.
  define: { __VUE_OPTIONS_API__: false },
  worker: { format: 'es' },
  experimental: { renderBuiltUrl: templateUrl },
  build: {
    outDir: here('../llms/_ui'),
    emptyOutDir: true,
    // The policy of the page allows no data: scripts, and a file of its own can be cached.
    assetsInlineLimit: 0,
    sourcemap: false,
    target: 'es2022',
    cssTarget: ['chrome120', 'edge120', 'firefox120', 'safari17'],
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // What the page begins with comes in one piece, however many later parts share some of it.
      output: { codeSplitting: { groups: [{ name: 'page', tags: ['$initial'] }] } },
    },
  },
  server: {
    // The host stays as it is: the gateway compares it with the page's origin.
    proxy: Object.fromEntries(['/v1', '/api', '/health', '/sandbox'].map((path) => [path, gateway])),
  },
})
