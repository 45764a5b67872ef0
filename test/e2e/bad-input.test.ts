import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { processesOf, sweep, until } from './sweep-process.ts'

// What a person, a disk or another release may do to us, through the real command. Every refusal names place, value
// and rule, says what happened to the work and what to do, and leaves nothing running.

const SCRIPT = `#!/bin/sh
echo "$SWEEP_TRIAL" >> "$COUNT" || exit 1
sleep "\${SLEEP:-0}"
echo '{"step":1,"loss":0.5,"acc":0.3}' >> "$SWEEP_EVENTS" || exit 1
`

interface Place {
  readonly folder: string
  readonly env: Record<string, string>
}

/** A workspace with one small sweep, \`tiny\`: six trials of a shell script on two slots. */
function workspace(folder = temporaryFolder(), outside = temporaryFolder()): Place {
  mkdirSync(join(folder, 'sweeps'), { recursive: true })
  const script = join(outside, 'trainer.sh')
  writeFileSync(script, SCRIPT)
  chmodSync(script, 0o755)
  const env = { COUNT: join(outside, 'count'), SWEEP_LEASE_DIR: join(outside, 'leases') }
  const lines = ['metric: { name: loss, goal: minimize }', 'parameters: { x: { values: [1, 2, 3] } }', 'seeds: 2']
  write({ folder, env }, 'tiny', [...lines, `command: [${script}, "\${param:x}"]`])
  return { folder, env }
}

function write({ folder }: Place, name: string, lines: readonly string[]): void {
  const head = ['method: grid', 'resources: { gpus: 0, cpus: 1 }', 'reuse: false', 'grace: 5']
  writeFileSync(join(folder, `sweeps/${name}.yaml`), `${[...head, ...lines].join('\n')}\n`)
}

/** Runs the command to its end; whatever it says, it says without a stack trace. */
async function run({ folder, env }: Place, args: readonly string[], more: Record<string, string> = {}) {
  const ended = await sweep(folder, args, { ...env, NODE_ENV: 'production', ...more }).ended
  expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/^ {4}at |UNEXPECTED|did not foresee/m)
  return ended
}

/** What the error object of --json says; with it nothing else is printed. */
async function refused(place: Place, args: readonly string[]) {
  const { code, stderr, stdout } = await run(place, [...args, '--json'])
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string; exitCode: number } }
  expect(error.exitCode).toBe(code)
  expect(stderr).toBe('')
  return { exit: code, code: error.code, message: error.message }
}

/** Trial numbers that the trainers themselves have written down. */
function counted({ env }: Place): number[] {
  return readFileSync(env.COUNT as string, 'utf8')
    .trim()
    .split('\n')
    .map(Number)
}

const notStarted = ({ folder }: Place) => {
  expect(existsSync(join(folder, 'runs')) ? readdirSync(join(folder, 'runs')) : []).toEqual([])
}
const dirOf = ({ folder }: Place) => join(folder, 'runs/tiny.1')

describe('a sweep file that is wrong', () => {
  const place = workspace()

  it('names the near ones when there is no such sweep', async () => {
    expect(await refused(place, ['start', 'tniy'])).toMatchObject({
      exit: 2,
      code: 'SWEEP_FILE_UNKNOWN',
      message: expect.stringMatching(/tniy: .*Try: tiny .*\nNothing was started\./s),
    })
    expect(await refused(place, ['start'])).toMatchObject({ exit: 2, code: 'ARGUMENT_MISSING' })
    expect((await refused(place, ['start', './sweeps'])).message).toContain('a folder')
    expect((await refused(place, ['status', 'tiny'])).code).toBe('NO_SWEEPS')
    const plain = await run(place, ['start', 'tniy'])
    expect([plain.code, plain.stdout]).toEqual([2, ''])
    expect(plain.stderr).toMatch(/^Error: tniy: .*\[SWEEP_FILE_UNKNOWN\]\nNothing was started\.\n$/s)
    notStarted(place)
  })

  it('says everything that is wrong with it at once, each with its line', async () => {
    const lines = [
      'metrik: { name: loss }',
      'metric: { name: loss, goal: minimize }',
      'command: ["true"]',
      'parameters:',
      '  swapped: { min: 0.1, max: 0.001 }',
      '  typed: { min: low, max: 3 }',
      '  sum: { values: [1, 2, 3], probabilities: [0.5, 0.5, 0.5] }',
      '  none: { values: [] }',
      '  empty: {}',
    ]
    write(place, 'wrong', lines)
    const { exit, message } = await refused(place, ['start', 'wrong'])
    expect(exit).toBe(2)
    const at = (line: number) => message.split('\n').find((text) => text.startsWith(`sweeps/wrong.yaml:${line}:`))
    expect(at(5)).toMatch(/metrik is not a key.*Try: metric/)
    expect(at(9)).toMatch(/min 0.1 and max 0.001.*look swapped.*Try: min: 0.001 and max: 0.1/)
    expect(at(10)).toMatch(/typed.min is "low" \(text\); .* takes a whole number/)
    expect(at(11)).toMatch(/sum to 1.5; they must sum to 1/)
    expect(at(12)).toMatch(/none.values is an empty list/)
    expect(at(13)).toMatch(/empty is empty/)
    expect(message).toMatch(/Nothing was started\.$/)
    notStarted(place)
  })

  it('takes CRLF, a byte order mark, and names with spaces; refuses what is empty or no text', async () => {
    const text = readFileSync(join(place.folder, 'sweeps/tiny.yaml'), 'utf8')
    writeFileSync(join(place.folder, 'sweeps/of windows.yaml'), `\ufeff${text.replaceAll('\n', '\r\n')}`)
    expect((await run(place, ['plan', 'of windows'])).stdout).toContain('6 = 3 configurations, 2 seeds each')
    writeFileSync(join(place.folder, 'sweeps/empty.yaml'), '')
    expect((await refused(place, ['start', 'empty'])).message).toContain('sweeps/empty.yaml:1: The file is empty')
    writeFileSync(join(place.folder, 'sweeps/picture.yaml'), `\u0001${'\ufffd'.repeat(5000)}`)
    expect((await refused(place, ['start', 'picture'])).message.length).toBeLessThan(500)
    notStarted(place)
  })

  it('refuses more GPUs than there are, flags with wrong values, and data that cannot be learned from', async () => {
    write(place, 'gpus', ['command: ["true"]', 'parameters: { x: { value: 1 } }'])
    const many = await refused(place, ['start', 'gpus', '--set', 'resources.gpus=900'])
    expect(many).toMatchObject({ exit: 3, code: 'SLOTS_TOO_FEW', message: expect.stringContaining('900 GPUs') })
    expect((await refused(place, ['start', 'tiny', '--slots', '0'])).message).toContain('--slots is "0"; expected')
    const data = (file: string, text: string) =>
      `params: { data: { file: ${file}, text: ${text}, tasks: { kind: kind } } }`
    const classifier = ['trainer: text-classifier', 'parameters: { epochs: { value: 1 } }']
    const rows = Array.from({ length: 20 }, (_, i) => `"good ${i}",a\n"bad ${i}",b\n`).join('')
    writeFileSync(join(place.folder, 'rows.csv'), `text,kind\n${rows}"odd one",c\n`)
    const said: string[] = []
    for (const setting of [data('none.csv', 'text'), data('rows.csv', 'body'), data('rows.csv', 'text')]) {
      write(place, 'data', [...classifier, setting])
      const { exit, message } = await refused(place, ['start', 'data'])
      expect(exit).toBe(2)
      said.push(message)
    }
    expect(said[0]).toMatch(/sweeps\/data.yaml:7: The data file .*none.csv cannot be read/)
    expect(said[1]).toContain('has no column "body". Its columns: text, kind.')
    expect(said[2]).toMatch(/rows.csv:42: Class c of kind has 1 row/)
    notStarted(place)
  })
})

describe('a metric that no trial ever reports', () => {
  it('stops the sweep early, names what was reported and exits with 4', async () => {
    const place = workspace()
    const args = ['start', 'tiny', '--set', 'metric.name=los', '--set', 'max_failures=2', '--set', 'seeds=5', '--json']
    const { code, stdout } = await run(place, args)
    expect(code).toBe(4)
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } }
    expect(error.code).toBe('NOTHING_COMPLETED')
    expect(error.message).toMatch(/never reported "los".*It reported: acc, loss\. Did the sweep file mean "loss"\?/)
    expect(counted(place).length).toBeLessThan(6)
    expect(processesOf(place.folder)).toEqual([])
  })
})

describe('a finished or stopped sweep that something happened to', () => {
  const place = workspace()
  const dir = dirOf(place)
  const journal = join(dir, 'journal.ndjson')
  let kept: string

  beforeAll(async () => {
    const running = sweep(place.folder, ['start', 'tiny'], { ...place.env, SLEEP: '0.3' })
    await until(
      'a trial has completed',
      () => existsSync(journal) && readFileSync(journal, 'utf8').includes('completed'),
    )
    running.child.kill('SIGINT')
    expect((await running.ended).code).toBe(130)
    kept = join(place.folder, 'kept')
    cpSync(dir, kept, { recursive: true })
  })
  const restore = () => {
    rmSync(dir, { recursive: true, force: true })
    cpSync(kept, dir, { recursive: true })
  }
  const files = () =>
    readdirSync(dir).map(
      (name) => `${name} ${readFileSync(join(kept, name === 'trials' ? 'sweep.json' : name)).length}`,
    )

  it('refuses a journal of a newer format and leaves it untouched', async () => {
    restore()
    writeFileSync(journal, readFileSync(journal, 'utf8').replace('"format":1', '"format":9'))
    const before = files()
    for (const command of ['status', 'resume', 'report', 'ensemble']) {
      const { exit, code, message } = await refused(place, [command, 'tiny.1'])
      expect({ exit, code }, command).toEqual({ exit: 3, code: 'JOURNAL_NEWER' })
      expect(message).toMatch(/journal.ndjson was written by a newer release \(format 9.*Nothing was changed/)
    }
    expect((await run(place, ['status'])).stdout).toContain('newer release')
    expect(files()).toEqual(before)
    expect(readFileSync(journal, 'utf8')).toContain('"format":9')
  })

  it('says so when sweep.json is missing or damaged, and passes over folders that are no sweep', async () => {
    restore()
    mkdirSync(join(place.folder, 'runs/foo.1'), { recursive: true })
    mkdirSync(join(place.folder, 'runs/notes'), { recursive: true })
    expect((await run(place, ['status'])).stdout).not.toMatch(/foo|notes/)
    expect((await refused(place, ['status', 'foo.1'])).code).toBe('SWEEP_UNKNOWN')
    for (const content of ['{"format":1,"id":"tiny.1","spec":{"format":1}}', '{"form', undefined]) {
      rmSync(join(dir, 'sweep.json'))
      if (content !== undefined) writeFileSync(join(dir, 'sweep.json'), content)
      for (const command of ['status', 'resume']) {
        expect(await refused(place, [command, 'tiny.1'])).toMatchObject({ exit: 3, code: 'SWEEP_FILE_UNREADABLE' })
      }
      expect((await run(place, ['status'])).stdout).toContain('sweep.json cannot be read')
    }
  })

  it('uses what is left of a journal with a corrupt line, says so, and runs what the line was about again', async () => {
    restore()
    const lines = readFileSync(journal, 'utf8').split('\n')
    const lost = lines.findIndex((line) => line.includes('"trial-created","trial":1'))
    lines[lost] = 'garbage {{{'
    writeFileSync(journal, lines.join('\n'))
    const status = await run(place, ['status', 'tiny.1'])
    expect([status.code, status.stdout]).toEqual([0, expect.stringContaining('of journal.ndjson cannot be read')])
    expect((await run(place, ['report', 'tiny.1'])).code).toBe(0)
    expect(existsSync(join(dir, 'journal.bad'))).toBe(false)
    const resumed = await run(place, ['resume', 'tiny.1'])
    expect(resumed.code).toBe(0)
    expect(resumed.stderr).toContain('of journal.ndjson cannot be read')
    expect(resumed.stdout).not.toContain('1 of 2')
    expect(readFileSync(join(dir, 'journal.bad'), 'utf8')).toContain('garbage')
  })

  it('answers from the journal when a trial folder was removed, and never from outside of runs/', async () => {
    restore()
    rmSync(join(dir, 'trials/0000'), { recursive: true })
    expect((await run(place, ['logs', 'tiny.1', '0'])).stderr).toContain('was removed')
    expect((await run(place, ['show', 'tiny.1', '0'])).code).toBe(0)
    for (const id of ['../kept', '../../x', '/etc/x.1', 'tiny.1/trials', '..']) {
      expect(await refused(place, ['logs', id, '0']), id).toMatchObject({ exit: 2, code: 'SWEEP_UNKNOWN' })
    }
    expect((await run(place, ['logs', 'runs/tiny.1/', '1'])).code).toBe(0)
  })

  it('bears a reader that goes away and an output that is full', async () => {
    restore()
    writeFileSync(join(dir, 'trials/0001/stdout.log'), 'a long line of a log\n'.repeat(100_000))
    const bin = join(import.meta.dirname, '../../bin/run.js')
    const shell = (line: string) =>
      execFileSync('bash', ['-c', `exec 2>&1; ${line}`], {
        encoding: 'utf8',
        env: { ...process.env, SWEEP_FOLDER: place.folder, NODE: process.execPath, BIN: bin },
      })
    expect(shell('"$NODE" "$BIN" logs tiny.1 1 | head -1')).toBe('a long line of a log\n')
    expect(shell('"$NODE" "$BIN" status | true')).toBe('')
    expect(shell('"$NODE" "$BIN" status > /dev/full; echo $?')).toMatch(/^Error: .*could not be printed.*\n3\n$/)
  })
})

describe('a running sweep', () => {
  it('is not resumed by a second process, ends when its folder is removed, and so does who watches it', async () => {
    const place = workspace()
    const running = sweep(place.folder, ['start', 'tiny'], { ...place.env, SLEEP: '1.2' })
    await until('a trial runs', () => existsSync(join(dirOf(place), 'trials/0000/stdout.log')))
    const second = await refused(place, ['resume', 'tiny'])
    expect(second).toMatchObject({ exit: 3, code: 'JOURNAL_LOCKED' })
    expect(second.message).toContain(`process ${running.child.pid} `)
    const watching = sweep(place.folder, ['status', 'tiny', '--watch'], place.env)
    await new Promise((resolve) => setTimeout(resolve, 700))
    rmSync(join(place.folder, 'runs'), { recursive: true, force: true, maxRetries: 5 })
    const [watched, ended] = await Promise.all([watching.ended, running.ended])
    expect(watched.code).toBe(2)
    expect(ended.code).toBe(3)
    expect(ended.stderr).toContain('was removed or replaced while the sweep was running')
    expect(`${watched.stderr}${ended.stderr}`).not.toMatch(/^ {4}at /m)
    await until('no process is left', () => processesOf(place.folder).length === 0)
  })
})

/** A small disk of its own; undefined where mounting is not allowed. */
function smallDisk(): string | undefined {
  const folder = temporaryFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' })
    return folder
  } catch {
    return undefined
  }
}

const disk = smallDisk()
afterAll(() => {
  if (disk !== undefined) execFileSync('umount', ['-l', disk])
})

describe.skipIf(disk === undefined)('a full disk (skipped where no tmpfs may be mounted)', () => {
  const folder = disk ?? ''
  const fill = () => {
    const rest = Buffer.alloc(4096)
    try {
      for (;;) appendFileSync(join(folder, 'fill'), rest)
    } catch {
      // Full, which was wanted.
    }
  }
  const free = () => rmSync(join(folder, 'fill'), { force: true })

  it('refuses a start and leaves nothing behind', async () => {
    const place = workspace(folder)
    fill()
    expect(await refused(place, ['start', 'tiny'])).toMatchObject({ exit: 3, message: expect.stringContaining('full') })
    expect(readdirSync(join(folder, 'runs'))).toEqual([])
    free()
  })

  it('stops a running sweep, blames no trial, and goes on after room was made', async () => {
    const place = workspace(folder)
    const running = sweep(folder, ['start', 'tiny'], { ...place.env, SLEEP: '0.4' })
    await until('the second pair of trials runs', () => existsSync(join(dirOf(place), 'trials/0003/stdout.log')))
    fill()
    const { code, stderr } = await running.ended
    expect(code, stderr).toBe(3)
    expect(stderr).toMatch(/cannot be written: .*(full|ENOSPC)/)
    expect(stderr).toContain('resume')
    expect(stderr).not.toMatch(/trial \d+ failed|^ {4}at /m)
    free()
    const resumed = await run(place, ['resume', 'tiny'])
    expect(resumed.code, resumed.stderr).toBe(0)
    expect((await run(place, ['status', 'tiny'])).stdout).toContain('6 of 6 trials ·')
    expect(new Set(counted(place))).toEqual(new Set([0, 1, 2, 3, 4, 5]))
    await until('no process is left', () => processesOf(folder).length === 0)
  })
})

const mayMount = disk !== undefined
describe.skipIf(!mayMount)('a read-only folder (skipped where nothing may be mounted)', () => {
  it('refuses to start and to resume, and still answers', async () => {
    const place = workspace()
    expect((await run(place, ['start', 'tiny'])).code).toBe(0)
    execFileSync('mount', ['--bind', place.folder, place.folder])
    try {
      execFileSync('mount', ['-o', 'remount,ro,bind', place.folder])
      const started = await refused(place, ['start', 'tiny'])
      expect(started).toMatchObject({ exit: 3, message: expect.stringMatching(/read-only.*Nothing was started/s) })
      expect(await refused(place, ['resume', 'tiny'])).toMatchObject({ exit: 3, code: 'JOURNAL_UNWRITABLE' })
      expect((await refused(place, ['report', 'tiny'])).exit).toBe(3)
      expect((await run(place, ['status', 'tiny'])).stdout).toContain('6 of 6 trials')
    } finally {
      execFileSync('umount', ['-l', place.folder])
    }
  })
})
