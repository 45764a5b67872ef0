import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TrialReports } from '../../src/orchestrator/trial-reports.ts'
import type { TrainerEvent } from '../../src/protocol/event-line.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { aTrial } from '../contracts/a-history.ts'
import { spec } from '../fixtures/a-spec.ts'

const line = (step: number, f1: number) => `${JSON.stringify({ step, f1 })}\n`
const steps = (events: readonly TrainerEvent[]) =>
  events.map((event) => (event.kind === 'report' ? event.step : event.kind))

function filesWith(text: string) {
  const trialDir = temporaryFolder()
  writeFileSync(join(trialDir, 'events.ndjson'), text)
  return { trialDir, attempt: 1, spec }
}

describe('the reports of an attempt', () => {
  it('come once each, and the last line also without its newline when the process has gone', () => {
    const files = filesWith(line(1, 0.1))
    const reports = TrialReports.ofNewAttempt(files)
    expect(steps(reports.read(false))).toEqual([1])
    appendFileSync(join(files.trialDir, 'events.ndjson'), line(2, 0.2).trim())
    expect(steps(reports.read(false))).toEqual([])
    expect(steps(reports.read(true))).toEqual([2])
    expect(reports.last).toEqual({ f1: 0.2 })
  })

  it('leave out what earlier attempts of the trial said', () => {
    const files = { ...filesWith(line(1, 0.1) + line(2, 0.2)), attempt: 2 }
    const reports = TrialReports.ofNewAttempt(files)
    appendFileSync(join(files.trialDir, 'events.ndjson'), line(2, 0.25))
    expect(steps(reports.read(true))).toEqual([2])
  })
})

describe('the reports of an adopted attempt', () => {
  const adopted = (text: string, curve: readonly (readonly [number, number])[]) =>
    steps(TrialReports.ofAdopted({ ...filesWith(text), trial: aTrial({ curve }), notes: [] }).read(true))

  it('begin after the last one that the journal has', () => {
    const text = line(1, 0.1) + line(2, 0.2) + line(3, 0.3)
    expect(adopted(text, [])).toEqual([1, 2, 3])
    expect(adopted(text, [[1, 0.1]])).toEqual([2, 3])
    expect(
      adopted(text, [
        [1, 0.1],
        [2, 0.2],
        [3, 0.3],
      ]),
    ).toEqual([])
  })

  it('are those of the later attempt where it repeats steps of an earlier one', () => {
    const text = line(1, 0.1) + line(2, 0.2) + line(1, 0.1) + line(2, 0.2) + line(3, 0.3)
    expect(adopted(text, [[1, 0.1]])).toEqual([2, 3])
  })

  it('know a NaN again', () => {
    const text = `{"step":1,"f1":NaN}\n${line(2, 0.2)}`
    expect(adopted(text, [[1, Number.NaN]])).toEqual([2])
  })

  it('hold the result and notes that were said before, but no note twice', () => {
    const note = (text: string) => `${JSON.stringify({ event: 'note', text })}\n`
    const files = filesWith(`${note('old')}${line(1, 0.1)}{"event":"result","f1":0.5}\n${note('new')}`)
    const notes = [{ at: 0, level: 'info', text: 'old', trial: 0 } as const]
    const reports = TrialReports.ofAdopted({ ...files, trial: aTrial({ curve: [[1, 0.1]] }), notes })
    expect(reports.result).toEqual({ f1: 0.5 })
    expect(reports.heard).toEqual(new Set(['old']))
    expect(steps(reports.read(true))).toEqual(['note', 'result', 'note'])
  })
})
