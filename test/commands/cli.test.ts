import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { NOT_BUILT, sweep } from './cli.ts'

const trainers = join(import.meta.dirname, '../fixtures/trainers')

let folder: string
beforeEach(() => {
  folder = temporaryFolder()
})

const run = (...argv: string[]) => sweep(argv, { folder })

/** A sweep file of two configurations with two seeds each, run by a shell script. */
function writeSweep(trainer: string, lines = ''): void {
  mkdirSync(join(folder, 'sweeps'))
  copyFileSync(join(trainers, trainer), join(folder, trainer))
  const text = [
    'method: grid',
    'parameters: { gamma: { values: [1, 2] } }',
    'seeds: 2',
    'metric: { name: val/f1, goal: maximize }',
    `program: ${trainer}`,
    `command: [sh, "\${program}", "\${args}"]`,
    lines,
  ]
  writeFileSync(join(folder, 'sweeps/tiny.yaml'), `${text.join('\n')}\n`)
}

describe.skipIf(NOT_BUILT)(
  `the command line${NOT_BUILT ? ' (skipped because dist/ is not built, see npm run build)' : ''}`,
  () => {
    it('names the near commands for one that it does not know', async () => {
      const { code, stdout, stderr } = await run('statsu')
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain('There is no command "statsu". Near: status.')
      expect(stderr).toContain('[COMMAND_UNKNOWN]')
    })

    it('names the near flags, and the argument that is missing', async () => {
      expect((await run('status', '--wacth')).stderr).toContain('Near: --watch.')
      const { code, stderr } = await run('start')
      expect(code).toBe(2)
      expect(stderr).toMatch(/NAME .* is missing.*\[ARGUMENT_MISSING\]/)
    })

    it('answers errors with --json as one object on stdout', async () => {
      const { code, stdout } = await run('show', 'nothing', '3', '--json')
      expect(code).toBe(2)
      expect(JSON.parse(stdout)).toMatchObject({ version: 1, error: { code: 'NO_SWEEPS', exitCode: 2 } })
      const unknown = await run('status', '--json', '--wacth')
      expect(JSON.parse(unknown.stdout)).toMatchObject({ error: { code: 'FLAG_UNKNOWN' } })
    })

    it('loads no tensor, chart or schema library to answer --help and status', async () => {
      for (const argv of [['--help'], ['status']]) {
        const coverage = join(folder, 'coverage')
        const { code } = await sweep(argv, { folder, env: { NODE_V8_COVERAGE: coverage } })
        expect(code).toBe(0)
        const loaded = readdirSync(coverage)
          .map((file) => readFileSync(join(coverage, file), 'utf8'))
          .join('')
        expect(loaded).toContain('@oclif/core')
        expect(loaded).not.toMatch(/node_modules\/(echarts|@tensorflow|zod|execa|jiti)|dist\/trainer/)
        rmSync(coverage, { recursive: true })
      }
    })

    it('paints only what a person sees, unless told otherwise', async () => {
      const painted = '\u001b['
      expect((await run('doctor')).stdout).not.toContain(painted)
      expect((await sweep(['doctor'], { folder, env: { FORCE_COLOR: '1' } })).stdout).toContain(painted)
    })

    it('makes a first sweep that can be planned at once', async () => {
      expect((await run('init')).stdout).toContain('Next: sweep start first')
      const plan = await run('plan', 'first', '--json')
      expect(JSON.parse(plan.stdout)).toMatchObject({ version: 1, trials: 12, configurations: 4 })
      expect((await run('status')).stdout).toContain('no sweep')
    })

    it('runs a sweep, ranks it, and shows it in every way', { timeout: 60_000 }, async () => {
      writeSweep('report.sh')
      const started = await run('start', 'tiny', '--slots', '2')
      expect(started.stderr).toContain('tiny.1 starts: 4 trials')
      expect(started.stdout).toMatch(/^rank\s+configuration\s+gamma\s+val\/f1/)
      expect(started.stdout).toMatch(/Report: .*report\.html/)
      expect(started.code).toBe(0)
      const status = JSON.parse((await run('status', 'tiny', '--json')).stdout)
      expect(status).toMatchObject({ id: 'tiny.1', activity: 'finished', summary: { counts: { completed: 4 } } })
      expect((await run('status')).stdout).toMatch(/tiny\.1\s+finished\s+4/)
      expect((await run('show', 'tiny', '3')).stdout).toContain('gamma=2')
      expect((await run('logs', 'tiny.1', '0')).stderr).toContain('printed nothing on stdout')
      expect((await run('report', '--json')).code).toBe(0)
      const again = await run('start', 'tiny', '--json')
      expect(again.stderr).toContain('answered by tiny.1/0')
      expect(JSON.parse(again.stdout)).toMatchObject({ version: 1, id: 'tiny.2', interrupted: false })
    })

    it('ends with 4 and names the log when no trial completes', { timeout: 30_000 }, async () => {
      writeSweep('crashes.sh')
      const { code, stderr } = await run('start', 'tiny')
      expect(code).toBe(4)
      expect(stderr).toContain('no such column: label')
      expect(stderr).toContain('sweep logs tiny.1 0 --stderr')
      expect((await run('logs', 'tiny', '0', '--stderr')).stdout).toContain('no such column: label')
    })

    it('stops at the first Ctrl-C, says how to go on, and goes on', { timeout: 60_000 }, async () => {
      writeSweep('waits.sh', 'grace: 1')
      let asked = false
      const stopped = await sweep(['start', 'tiny', '--slots', '1'], {
        folder,
        onOutput: (child, stderr) => {
          if (asked || !stderr.includes('tiny.1 starts')) return
          asked = true
          setTimeout(() => child.kill('SIGINT'), 500)
        },
      })
      expect(stopped.code).toBe(130)
      expect(stopped.stderr).toContain('"sweep resume tiny.1" goes on from here')
      expect(stopped.stderr).toContain('[INTERRUPTED]')
      copyFileSync(join(trainers, 'report.sh'), join(folder, 'waits.sh'))
      const resumed = await run('resume')
      expect(resumed.stderr).toContain('trial 0 completed')
      expect(resumed.code).toBe(0)
    })

    it('runs in the background with --detach until it is stopped', { timeout: 60_000 }, async () => {
      writeSweep('waits.sh', 'grace: 1')
      const { stdout, code } = await run('start', 'tiny', '--detach', '--slots', '1')
      expect(code).toBe(0)
      expect(stdout).toContain('tiny.1 runs in the background')
      expect((await run('status')).stdout).toMatch(/tiny\.1\s+running/)
      expect((await run('stop')).stdout).toContain('tiny.1 was stopped.')
      expect((await run('status')).stdout).toMatch(/tiny\.1\s+stopped/)
    })
  },
)
