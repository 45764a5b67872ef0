import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import type { ParamValue } from '../../space/domain.ts'
import type { SweepSnapshot } from '../../trial/trial.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { factsOf } from '../facts.ts'
import { cellOf, metricCell, signed } from '../numbers.ts'
import { flatParams, paramText } from '../params.ts'
import { meanMetric, spreadOfMetric } from '../verdict.ts'

function winnerSettings(snapshot: SweepSnapshot): Map<string, ParamValue> {
  const { winner } = factsOf(snapshot)
  return flatParams({ ...snapshot.spec.fixed, ...winner?.configuration.params })
}

function settingRows(before: SweepSnapshot, now: SweepSnapshot): Cell[][] {
  const [old, current] = [winnerSettings(before), winnerSettings(now)]
  const names = [...new Set([...old.keys(), ...current.keys()])]
  return names
    .filter((name) => JSON.stringify(old.get(name)) !== JSON.stringify(current.get(name)))
    .map((name) => [name, paramText(old.get(name)), paramText(current.get(name))])
}

/** Metrics of both winners: overall figures, tasks and classes alike, for trainers report each by its own name. */
function metricRows(before: SweepSnapshot, now: SweepSnapshot): Cell[][] {
  const [old, current] = [factsOf(before).winnerTrials, factsOf(now).winnerTrials]
  const names = [...new Set(current.flatMap((trial) => Object.keys(trial.metrics)))]
  return names.flatMap((name): Cell[][] => {
    const [a, b] = [meanMetric(old, name), meanMetric(current, name)]
    if (a === undefined || b === undefined) return []
    const noise = Math.hypot(spreadOfMetric(old, name), spreadOfMetric(current, name))
    const beyond = Number.isNaN(noise)
      ? 'one seed'
      : Math.abs(b - a) > noise
        ? 'more than seeds differ'
        : 'as seeds differ'
    return [[name, metricCell(a), metricCell(b), cellOf(b - a, signed(b - a)), beyond]]
  })
}

function render({ snapshot, previous }: ReportContext): Block[] | 'nothing to show' {
  if (previous === undefined) return 'nothing to show'
  const settings = settingRows(previous, snapshot)
  const metrics = metricRows(previous, snapshot)
  const blocks: Block[] = [
    {
      kind: 'text',
      text: `The winner of ${snapshot.id} against the winner of ${previous.id}, the sweep before it of the same file.`,
    },
    settings.length === 0
      ? { kind: 'note', level: 'info', text: 'Both winners have the same settings.' }
      : {
          kind: 'table',
          caption: 'Settings that differ',
          columns: ['setting', `${previous.id}`, `${snapshot.id}`],
          rows: settings,
        },
  ]
  if (metrics.length === 0) return blocks
  const columns = ['metric', 'before', 'after', 'change', 'against seed spread']
  return [...blocks, { kind: 'table', caption: 'What it did to every metric and class', columns, rows: metrics }]
}

export const changes = entry({
  summary: 'What differs from the previous sweep of the same file, and what it did.',
  options: z.object({}),
  create: (): Section => ({ title: 'Changes since the previous sweep', render }),
})
