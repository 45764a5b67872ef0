// npm run bench -- NAME [arguments]: runs bench/NAME.mjs. Figures are ratios within one run; RESULTS.md keeps them.
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const [name, ...args] = process.argv.slice(2)
const file = join(here, `${name}.mjs`)
if (name === undefined || name === 'run' || !existsSync(file)) {
  const known = readdirSync(here)
    .filter((it) => it.endsWith('.mjs') && it !== 'run.mjs')
    .map((it) => it.slice(0, -'.mjs'.length))
  console.error(`Which one? Known: ${known.join(', ')}. For example: npm run bench -- ${known[0]}`)
  process.exit(2)
}
process.argv = [process.argv[0], file, ...args]
await import(pathToFileURL(file))
