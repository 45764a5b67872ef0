import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { NOT_BUILT, PROGRAM } from '../commands/cli.ts'

const root = join(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** Lines of the sh blocks marked with <!-- run -->, without what this very test run has done already. */
const commands = [...readme.matchAll(/<!-- run -->\n```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block]) => (block ?? '').trim().split('\n'))
  .map((line) => line.replace(/\s+#.*$/, '').replace(/^npm ci && /, ''))
  .filter((line) => line !== 'npm test')

let folder: string
beforeAll(() => {
  folder = temporaryFolder()
  for (const name of ['sweeps', 'search-spaces']) cpSync(join(root, name), join(folder, name), { recursive: true })
})

describe.skipIf(NOT_BUILT)(
  `README${NOT_BUILT ? ' (skipped because dist/ is not built, see npm run build)' : ''}`,
  () => {
    it('has commands that are run here', () => {
      expect(commands[0]).toBe('npx sweep start gamma-grid')
      expect(commands.length).toBeGreaterThan(8)
    })

    it.each(commands)('%s', { timeout: 200_000 }, (command) => {
      const [npx, sweep, ...argv] = command.split(/\s+/)
      expect([npx, sweep]).toEqual(['npx', 'sweep'])
      const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...argv], {
        cwd: folder,
        encoding: 'utf8',
        // Two epochs instead of twelve: whether the commands work is asked here, not how good the classifier is.
        env: {
          ...process.env,
          SWEEP_LEASE_DIR: join(folder, '.leases'),
          ...(command.includes('gamma-grid') ? { SWEEP_SET: 'params.epochs=2' } : {}),
        },
      })
      expect(status, stderr).toBe(0)
      expect(stdout).not.toBe('')
    })
  },
)
