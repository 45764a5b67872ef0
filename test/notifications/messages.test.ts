import { describe, expect, it } from 'vitest'
import { endMessage, failureMessage, newBestMessage } from '../../src/notifications/messages.ts'
import { asOf, sinceLast } from '../../src/trial/since-last.ts'
import { aSnapshot, STARTED } from '../commands/a-sweep.ts'

const done = (value: number) => ({ state: 'completed', value, tookMs: 500 }) as const
const label = (configuration: number) => `#${configuration} gamma ${configuration}`

describe('the message about the end of a sweep', () => {
  it('has the first three of the ranking, what failed and what is left, and the reason when it ended early', () => {
    const reason = 'The trainer exited with code 1 after 3 s.\nIts last lines on stderr:\n  token=sEcReT'
    const snapshot = aSnapshot(
      [
        done(0.5),
        done(0.52),
        done(0.6),
        done(0.62),
        done(0.7),
        done(0.71),
        done(0.1),
        done(0.2),
        { state: 'failed', reason },
        { state: 'waiting' },
      ],
      { state: 'stopped', stateReason: 'Its window ended at 07:00.', stoppedBy: 'budget' },
    )
    const { title, lines, level } = endMessage({ snapshot, label, report: '/reports/x.html', notes: ['No ensemble.'] })
    expect(title).toBe('gamma-grid.1 stopped: val/macro_f1 0.705')
    expect(level).toBe('warn')
    const text = lines.join('\n')
    expect(lines.slice(0, 3).map((line) => line.slice(0, 14))).toEqual([
      '1. #2 gamma 2:',
      '2. #1 gamma 1:',
      '3. #0 gamma 0:',
    ])
    expect(text).toContain('Trials: 8 completed, 1 failed, 1 not ended.')
    expect(text).toContain('Trial 8 failed: The trainer exited with code 1 after 3 s.')
    expect(text).toContain('It stopped early: Its window ended at 07:00.')
    expect(text).toMatch(/No ensemble\.\nReport: \/reports\/x\.html$/)
    // What a program prints was looked through by nobody.
    expect(text).not.toContain('sEcReT')
  })

  it('counts each cause of failures in at most three lines, and who completed after running out of memory', () => {
    const failed = (reason: string) => ({ state: 'failed', reason }) as const
    const reasons = ['exited with code 1 after 3 s.', 'exited with code 1 after 2 min 5 s.', 'exited with code 2.']
    const others = ['exited with code 3.', 'exited with code 4.']
    const trials = [...reasons, ...others].map((it) => failed(`The trainer ${it}`))
    const snapshot = aSnapshot([done(0.5), done(0.52), ...trials], { state: 'finished' })
    const [first, ...rest] = snapshot.trials
    const attempts = [{ number: 1, slot: 'gpu0', end: 'out-of-memory' as const, startedAt: STARTED }]
    const retried = { ...snapshot, trials: first === undefined ? [] : [{ ...first, attempts }, ...rest] }
    const { lines } = endMessage({ snapshot: retried, label })
    expect(lines).toContain('Trials: 2 completed, 1 of them after an attempt that ran out of memory, 5 failed.')
    expect(lines.filter((line) => line.includes(' failed'))).toEqual([
      expect.stringContaining('5 failed.'),
      '2 trials (2, ...) failed: The trainer exited with code 1 after 3 s.',
      'Trial 4 failed: The trainer exited with code 2.',
      '2 trials failed for 2 other causes.',
    ])
  })

  it('speaks of noise only where seeds can tell it', () => {
    const beaten = { configuration: '#0', mean: 0.4 }
    const words = (values: readonly number[]) =>
      newBestMessage({ snapshot: aSnapshot(values.map(done), { state: 'running' }), label, beaten }).lines.join(' ')
    expect(words([0.5, 0.52, 0.7])).toContain('luck cannot be told from merit yet')
    expect(words([0.5, 0.52, 0.7, 0.71])).toContain('seed noise')
  })

  it('says what this night added to a sweep that goes on for several', () => {
    const snapshot = aSnapshot([done(0.5), done(0.52), done(0.6), done(0.62)], { state: 'finished' })
    const evening = asOf(snapshot, STARTED + 2000)
    const { lines } = endMessage({ snapshot, label, tonight: sinceLast(evening, snapshot) })
    expect(lines).toContain('This time: 2 trials completed. They brought the new first.')
    const quiet = endMessage({ snapshot, label, tonight: sinceLast(snapshot, snapshot) })
    expect(quiet.lines).toContain('This time: 0 trials completed. The first is as before.')
  })

  it('works when nothing completed and when nothing is ranked', () => {
    expect(endMessage({ snapshot: aSnapshot([{ state: 'failed' }]), label }).title).toBe(
      'gamma-grid.1 stopped: no trial completed',
    )
    const { spec, ...rest } = aSnapshot([done(1)], { state: 'finished' })
    const { metric: _, ...plain } = spec
    expect(endMessage({ snapshot: { ...rest, spec: plain }, label }).title).toBe(
      'gamma-grid.1 finished: 1 trial completed',
    )
  })

  it('puts a failure into the title, shortened, and what to do below', () => {
    const { title, lines } = failureMessage({ snapshot: aSnapshot([]), label, reason: `${'x'.repeat(400)}\nmore` })
    expect(title.length).toBeLessThan(130)
    expect(lines.every((line) => line.length <= 300)).toBe(true)
    expect(lines.at(-1)).toContain('sweep resume gamma-grid.1')
  })
})
