import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { NOT_BUILT, PROGRAM } from '../commands/cli.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/nights.md'), 'utf8')
const [, sweepFile = ''] = /<!-- sweep file -->\n```yaml\n([\s\S]*?)```/.exec(page) ?? []
const commands = [...page.matchAll(/<!-- commands -->\n```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = '']) => block.trim().split('\n'))
  .map((line) => line.replace(/\s+#.*$/, ''))

function sweep(argv: readonly string[], folder: string) {
  const env = { ...process.env, SWEEP_LEASE_DIR: join(folder, '.leases'), TEAM_WEBHOOK: 'http://127.0.0.1:9/x' }
  return spawnSync(process.execPath, [PROGRAM, ...argv], { cwd: folder, encoding: 'utf8', env })
}

describe.skipIf(NOT_BUILT)(
  `docs/nights.md${NOT_BUILT ? ' (skipped because dist/ is not built, see npm run build)' : ''}`,
  () => {
    it('shows a sweep file that can be started', () => {
      const folder = temporaryFolder()
      mkdirSync(join(folder, 'sweeps'))
      writeFileSync(join(folder, 'sweeps/nightly.yaml'), sweepFile)
      const { status, stdout, stderr } = sweep(['plan', 'nightly'], folder)
      expect(status, stderr).toBe(0)
      expect(stdout).toContain('36 = 12 configurations, 3 seeds each')
    })

    it('has commands', () => expect(commands.length).toBeGreaterThan(8))

    it.each(commands)('names a command and flags that there are: %s', (command) => {
      const [name, ...words] = command.split(/\s+/)
      expect(name).toBe('sweep')
      const topic = ['schedule', 'notify'].includes(words[0] ?? '') ? 2 : 1
      const { status, stdout } = sweep([...words.slice(0, topic), '--help'], temporaryFolder())
      expect(status).toBe(0)
      const flags = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0] as string)
      expect(flags.filter((flag) => !stdout.includes(flag))).toEqual([])
    })
  },
)
