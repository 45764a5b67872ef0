import { defineSweep } from './define-sweep.ts'
import type { SweepFile } from './find-sweep.ts'
import type { Findings } from './findings.ts'

const PACKAGE = 'sweep-gpus'

/**
 * What a `.ts` sweep file exports by default. `import { defineSweep } from 'sweep-gpus'` works also in a folder that
 * has no node_modules: the name stands for this very module. The rest of the library is not there: a sweep file is
 * data, and the engine would be loaded a second time for nothing.
 *
 * @returns undefined when it could not be loaded
 */
export async function loadDefinition(file: SweepFile, findings: Findings): Promise<unknown> {
  // Only sweeps written in TypeScript pay for the compiler.
  const { createJiti } = await import('jiti')
  const jiti = createJiti(import.meta.url, {
    virtualModules: { [PACKAGE]: { defineSweep } },
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
  })
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
