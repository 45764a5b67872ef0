import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { attemptEnvironment, TRIAL_FILES } from '../../src/protocol/attempt-environment.ts'
import type { TrainerEvent } from '../../src/protocol/event-line.ts'
import { compilePattern } from '../../src/protocol/pattern.ts'
import { type OpenReportsOptions, openReports } from '../../src/protocol/report-reader.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

const TRAINERS = join(import.meta.dirname, '../fixtures/trainers')

function trial(options: Partial<OpenReportsOptions> = {}) {
  const trialDir = options.trialDir ?? temporaryFolder()
  const reports = openReports({ trialDir, formats: ['auto'], ...options })
  const append = (name: string, text: string) => appendFileSync(join(trialDir, name), text)
  return { trialDir, reports, append }
}

const valuesOf = (events: readonly TrainerEvent[], metric: string) =>
  events.flatMap((event) => (event.kind === 'report' && metric in event.metrics ? [event.metrics[metric]] : []))

describe('openReports', () => {
  it('reads the events file and JSON lines on stdout, garbage in between or not', () => {
    const { reports, append } = trial()
    append('events.ndjson', '{"step":1,"f1":0.5}\nnonsense\n\0\0\n{"event":"progress","fraction":0.5}\n')
    append('stdout.log', 'Loading data ...\n\r 50%|###\r{"step":1,"speed":3}\n')
    expect(reports.poll()).toEqual([
      { kind: 'report', step: 1, metrics: { f1: 0.5 } },
      { kind: 'progress', fraction: 0.5 },
      { kind: 'report', step: 1, metrics: { speed: 3 } },
    ])
    expect(reports.poll()).toEqual([])
  })

  it('leaves half a line alone until it is whole, or until the process has gone', () => {
    const { reports, append } = trial()
    append('events.ndjson', '{"step":1,"f1":0.5}\n{"step":2,')
    expect(reports.poll()).toHaveLength(1)
    append('events.ndjson', '"f1":0.6}\n{"step":3,"f1":0.7}')
    expect(valuesOf(reports.poll(), 'f1')).toEqual([0.6])
    expect(valuesOf(reports.finish(), 'f1')).toEqual([0.7])
    expect(reports.finish()).toEqual([])
  })

  it('takes a metric from the way that named it first', () => {
    const { reports, append } = trial()
    append('events.ndjson', '{"step":1,"f1":0.5}\n')
    append('stdout.log', "{'f1': 0.5, 'loss': 2, 'epoch': 1}\n")
    append('metrics.csv', 'epoch,f1,loss,lr\n1,0.5,2,0.1\n')
    const events = reports.finish()
    expect(valuesOf(events, 'f1')).toEqual([0.5])
    expect(valuesOf(events, 'loss')).toEqual([2])
    expect(valuesOf(events, 'lr')).toEqual([0.1])
  })

  it('finds files of known formats below the trial folder, but no predictions and details', () => {
    const { trialDir, reports } = trial()
    for (const folder of ['lightning_logs/version_0', 'predictions', 'details', '.cache']) {
      mkdirSync(join(trialDir, folder), { recursive: true })
      writeFileSync(join(trialDir, folder, 'metrics.csv'), `epoch,${folder.replace(/\W/g, '')}\n1,0.5\n`)
    }
    const names = reports.finish().flatMap((event) => (event.kind === 'report' ? Object.keys(event.metrics) : []))
    expect(names).toEqual(['lightning_logsversion_0'])
  })

  it('reads only the formats that it is asked for, event lines always', () => {
    const { reports, append } = trial({ formats: [] })
    append('events.ndjson', '{"step":1,"a":1}\n')
    append('metrics.csv', 'epoch,b\n1,0.5\n')
    append('stdout.log', "{'c': 0.5, 'epoch': 1}\n")
    expect(reports.finish()).toHaveLength(1)
  })

  it('searches stdout and stderr for the pattern', () => {
    const { reports, append } = trial({ pattern: 'epoch (?<step>\\d+): loss=(?<train__loss>\\S+)' })
    append('stdout.log', 'epoch 3: loss=0.5, fine\n')
    append('stderr.log', 'INFO epoch 4: loss=nan\n')
    expect(reports.poll()).toEqual([{ kind: 'report', step: 3, metrics: { 'train/loss': 0.5 } }])
    expect(trial({ pattern: 'loss=(?<loss>.*)' }).reports.poll()).toEqual([])
  })

  it('passes over what earlier attempts left, when asked', () => {
    const { trialDir, append } = trial()
    append('events.ndjson', '{"step":1,"f1":0.5}\n')
    append('metrics.csv', 'epoch,loss\n1,0.5\n')
    const { reports } = trial({ trialDir, skipExisting: true })
    append('events.ndjson', '{"step":2,"f1":0.6}\n')
    append('metrics.csv', '2,0.4\n')
    const events = reports.finish()
    expect(valuesOf(events, 'f1')).toEqual([0.6])
    expect(valuesOf(events, 'loss')).toEqual([0.4])
  })

  it('starts again when the file was replaced or truncated', () => {
    const { trialDir, reports, append } = trial()
    append('events.ndjson', '{"step":1,"f1":0.5}\n{"step":2,"f1":0.6}\n')
    reports.poll()
    writeFileSync(join(trialDir, 'events.ndjson'), '{"step":1,"f1":0.7}\n')
    expect(valuesOf(reports.poll(), 'f1')).toEqual([0.7])
    rmSync(join(trialDir, 'events.ndjson'))
    expect(reports.poll()).toEqual([])
  })

  it('says once that lines were too long, and reads on behind them', () => {
    const { reports, append } = trial()
    append('stdout.log', `${'x'.repeat(1_100_000)}\n{"step":1,"f1":0.5}\n${'y'.repeat(1_100_000)}\n`)
    const events: TrainerEvent[] = []
    do events.push(...reports.finish())
    while (reports.behind)
    expect(events.map(({ kind }) => kind).sort()).toEqual(['note', 'report'])
  })

  it('reads 40 MB of noise in bounded steps', () => {
    const { reports, append } = trial({ pattern: 'val_loss=(?<val_loss>\\S+)' })
    append('stdout.log', 'epoch 3, batch 17 of 400: loss 0.1234, all is well and so on\n'.repeat(650_000))
    append('stdout.log', "{'eval_loss': 0.5, 'epoch': 1.0}\n")
    let steps = 0
    const events: TrainerEvent[] = []
    do {
      events.push(...reports.poll())
      steps++
    } while (reports.behind)
    expect(valuesOf(events, 'eval/loss')).toEqual([0.5])
    expect(steps).toBeGreaterThan(100)
  })
})

describe('compilePattern', () => {
  it('reads metrics whose names stand in the line', () => {
    const parse = compilePattern('^(?<metric>[\\w/]+) = (?<value>\\S+)( at (?<epoch>\\d+))?$')
    expect(parse('val/f1 = 0.5 at 7')).toEqual({ kind: 'report', step: 7, metrics: { 'val/f1': 0.5 } })
    expect(parse('val/f1 = inf')).toEqual({ kind: 'report', metrics: { 'val/f1': Number.POSITIVE_INFINITY } })
    expect(parse('val/f1 = many')).toBeUndefined()
    expect(parse(`val/f1 = 0.5${' '.repeat(5000)}`)).toBeUndefined()
  })

  it.each([
    ['(', 'is no regular expression'],
    ['loss=(\\S+)', 'names no metric'],
    ['(?<step>\\d+)', 'names no metric'],
    ['(?<metric>\\S+)', 'without the other'],
  ])('refuses %s', (pattern, problem) => {
    expect(() => compilePattern(pattern)).toThrow(expect.objectContaining({ code: 'PATTERN_UNUSABLE' }))
    expect(() => compilePattern(pattern)).toThrow(problem)
  })
})

describe('the trainers of docs/protocol.md', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/protocol.md'), 'utf8')
  const noPython = spawnSync('python3', ['--version']).status !== 0

  const run = (argv: readonly [string, ...string[]], { resume = false, trialDir = temporaryFolder() } = {}) => {
    writeFileSync(join(trialDir, TRIAL_FILES.params), JSON.stringify({ gamma: 1 }))
    const reports = openReports({ trialDir, formats: ['auto'], skipExisting: resume })
    const context = { sweepId: 'a.1', trial: 0, attempt: 1, seed: 7, trialDir, resume }
    const [program, ...args] = argv
    execFileSync(program, args, { env: { ...process.env, ...attemptEnvironment(context) }, cwd: TRAINERS })
    return { trialDir, events: reports.finish() }
  }
  const F1 = [0.55, 0.6, 0.65]

  it.each(['report.sh', 'report.py', 'report.ts'])('shows %s as it is run here', (name) => {
    expect(docs).toContain(readFileSync(join(TRAINERS, name), 'utf8').trimEnd())
  })

  it('runs the one in shell', () => {
    const { events } = run(['sh', 'report.sh', '--gamma=1'])
    expect(valuesOf(events, 'val/f1')).toEqual(F1)
  })

  it.skipIf(noPython)('runs the one in Python (needs python3)', () => {
    const { events } = run(['python3', 'report.py'])
    expect(valuesOf(events, 'val/f1')).toEqual(F1.map((f1) => expect.closeTo(f1 + 0.007, 6)))
    expect(valuesOf(events, 'train/loss')).toEqual([Number.NaN, Number.NaN, Number.NaN])
    expect(events.at(-1)).toEqual({ kind: 'result', metrics: { 'val/f1': 0.9 } })
  })

  it('runs the one in TypeScript, which goes on from its checkpoint', () => {
    const argv = [process.execPath, '--import', 'jiti/register', 'report.ts'] as const
    const { trialDir, events } = run([...argv])
    expect(valuesOf(events, 'val/f1')).toEqual(F1.map((f1) => expect.closeTo(f1, 6)))
    writeFileSync(join(trialDir, 'checkpoints/epoch.json'), '{"epoch":2}')
    expect(valuesOf(run([...argv], { resume: true, trialDir }).events, 'val/f1')).toEqual([expect.closeTo(0.65, 6)])
  })
})
