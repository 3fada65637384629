// Writes a .br and a .gz beside each text file of a build, so that the server never compresses anything itself.
import { promisify } from 'node:util'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const TEXT = /\.(?:js|css|svg)$/
const WORTH_IT_BYTES = 1024

const brotli = promisify(brotliCompress)
const gz = promisify(gzip)

/** `quality` is Brotli's: the best one takes ten times as long as 9, for a twentieth of the size. */
export function precompress(quality: number): Plugin {
  return {
    name: 'llms:precompress',
    apply: 'build',
    enforce: 'post',
    async writeBundle({ dir }, bundle) {
      const names = Object.keys(bundle).filter((name) => TEXT.test(name))
      await Promise.all(names.map((name) => compress(join(dir ?? '', name), quality)))
    },
  }
}

async function compress(path: string, quality: number): Promise<void> {
  const plain = await readFile(path)
  if (plain.length < WORTH_IT_BYTES) return
  const [br, zipped] = await Promise.all([
    brotli(plain, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: quality,
        [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
      },
    }),
    gz(plain, { level: constants.Z_BEST_COMPRESSION }),
  ])
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, zipped)])
}
