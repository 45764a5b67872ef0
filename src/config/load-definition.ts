import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SweepFile } from './find-sweep.ts'
import type { Findings } from './findings.ts'

const PACKAGE = 'sweep-gpus'

/**
 * What a `.ts` sweep file exports by default. `import { defineSweep } from 'sweep-gpus'` works also in a folder that
 * has no node_modules: the name is pointed at the installation that is running.
 *
 * @returns undefined when it could not be loaded
 */
export async function loadDefinition(file: SweepFile, findings: Findings): Promise<unknown> {
  // Only sweeps written in TypeScript pay for the compiler.
  const { createJiti } = await import('jiti')
  const jiti = createJiti(import.meta.url, { alias: { [PACKAGE]: ownLibrary() }, fsCache: false, moduleCache: false })
  try {
    const loaded: unknown = await jiti.import(file.path)
    const exported = typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, 'default') : undefined
    if (exported !== undefined) return exported
    refuse(file, 'has no default export', findings)
  } catch (error) {
    refuse(file, `cannot be loaded: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`, findings)
  }
  return undefined
}

function refuse(file: SweepFile, why: string, findings: Findings): void {
  findings.problem({
    code: 'TS_SWEEP_FILE',
    at: { file: file.shown, path: '' },
    message: `The file ${why}.`,
    fix: `export default defineSweep({ ... }), with import { defineSweep } from '${PACKAGE}'`,
  })
}

/** Our library as it is running now: built, or the source in tests. */
function ownLibrary(): string {
  const here = fileURLToPath(import.meta.url)
  const root = packageRoot(dirname(here))
  const built = join(root, 'dist/library/index.js')
  const source = join(root, 'src/library/index.ts')
  const first = here.startsWith(join(root, 'dist')) ? built : source
  return [first, built, source].find((path) => existsSync(path)) ?? join(root, 'src/config/define-sweep.ts')
}

function packageRoot(folder: string): string {
  const file = join(folder, 'package.json')
  if (existsSync(file) && readFileSync(file, 'utf8').includes(`"name": "${PACKAGE}"`)) return folder
  return folder === dirname(folder) ? folder : packageRoot(dirname(folder))
}
