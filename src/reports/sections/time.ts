import { join } from 'node:path'
import { z } from 'zod'
import { counted, duration } from '../../base/human-readable.ts'
import { parseObject } from '../../base/ndjson.ts'
import { entry } from '../../base/registry.ts'
import { TRIAL_FILES } from '../../protocol/attempt-environment.ts'
import { summarize } from '../../statistics/summary.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { nameAxis, roomForNames, valueAxis } from '../chart-style.ts'
import { factsOf } from '../facts.ts'
import { cellOf, percent } from '../numbers.ts'
import { colour } from '../palette.ts'
import { type TimeFacts, timeFacts } from '../time-facts.ts'
import { readText, trialFolder } from '../trial-files.ts'

const MOST_BARS = 1500
const MOST_SLOTS = 24
const MOST_FILES = 200

/** Seconds or minutes or hours, so that axis labels stay short. */
function unitOf(spanMs: number): { readonly name: string; readonly ms: number } {
  if (spanMs < 180_000) return { name: 'seconds', ms: 1000 }
  return spanMs < 10_800_000 ? { name: 'minutes', ms: 60_000 } : { name: 'hours', ms: 3_600_000 }
}

interface Drawing {
  value(dimension: number): number
  coord(point: readonly number[]): [number, number]
  size(of: readonly number[]): [number, number]
}

function timeline(times: TimeFacts, winners: ReadonlySet<number>): Block {
  const slots = times.slots.slice(0, MOST_SLOTS)
  const unit = unitOf(times.wallMs)
  const kinds = { ok: colour('accent'), winner: colour('second'), bad: colour('fifth') }
  const bars = times.stretches
    .filter(({ slot }) => slots.includes(slot))
    .slice(0, MOST_BARS)
    .map(({ slot, start, end, trial, attempt }) => {
      const bad = attempt.end !== undefined && attempt.end !== 'finished' && attempt.end !== 'stopped'
      const tint = bad ? kinds.bad : winners.has(trial) ? kinds.winner : kinds.ok
      return {
        value: [(start - times.start) / unit.ms, (end - times.start) / unit.ms, slots.indexOf(slot)],
        itemStyle: { color: tint },
      }
    })
  const renderItem = ({ dataIndex }: { dataIndex: number }, api: Drawing) => {
    const [x, y] = api.coord([api.value(0), api.value(2)])
    const [right] = api.coord([api.value(1), api.value(2)])
    const height = api.size([0, 1])[1] * 0.62
    const fill = bars[dataIndex]?.itemStyle.color
    // A gap of a pixel keeps neighbours apart.
    return { type: 'rect', shape: { x, y: y - height / 2, width: Math.max(1, right - x - 1), height }, style: { fill } }
  }
  const left =
    bars.length < times.stretches.length ? ` The first ${bars.length} of ${times.stretches.length} attempts.` : ''
  return {
    kind: 'chart',
    name: 'slot-timeline',
    alt: 'What ran on each slot, and when',
    caption: `One bar an attempt. Blue: done; orange: the winner’s; pink: crashed, out of memory, timed out or lost. Gaps are idle time.${left}`,
    option: {
      grid: { left: roomForNames(slots), right: 24, top: 8, bottom: 48 },
      xAxis: valueAxis(`${unit.name} since the start`, { scale: false, min: 0 }),
      yAxis: nameAxis(slots, { inverse: true }),
      series: [{ type: 'custom', renderItem, encode: { x: [0, 1], y: 2 }, data: bars }],
    },
    height: 64 + 34 * slots.length,
  }
}

/** Milliseconds by section, summed over trials that wrote `details/time.json`. */
function sectionTimes({ snapshot, sweepDir }: ReportContext): {
  readonly trials: number
  readonly spent: Map<string, number>
} {
  const spent = new Map<string, number>()
  let trials = 0
  for (const trial of snapshot.trials.filter(({ state }) => state === 'completed').slice(0, MOST_FILES)) {
    const file = parseObject(readText(join(trialFolder(sweepDir, trial), TRIAL_FILES.details, 'time.json')) ?? '')
    const parts = Object.entries(file ?? {}).filter((part): part is [string, number] => Number.isFinite(part[1]))
    if (parts.length > 0) trials++
    for (const [name, value] of parts) spent.set(name, (spent.get(name) ?? 0) + value)
  }
  return { trials, spent }
}

function sectionTable(context: ReportContext): Block[] {
  const { trials, spent } = sectionTimes(context)
  if (trials === 0) return []
  const total = spent.get('total') ?? [...spent.values()].reduce((sum, value) => sum + value, 0)
  const rows = [...spent]
    .filter(([name]) => name !== 'total')
    .sort((a, b) => b[1] - a[1])
    .map(([name, value]): Cell[] => [
      name,
      cellOf(value / trials, duration(value / trials)),
      cellOf(value / total, percent(value / total)),
    ])
  const caption = `Time by section, mean over ${counted(trials, 'trial')}`
  return [{ kind: 'table', caption, columns: ['section', 'a trial', 'share'], rows }]
}

function render(context: ReportContext): Block[] | 'nothing to show' {
  const { snapshot } = context
  const times = timeFacts(snapshot)
  if (times.stretches.length === 0) return 'nothing to show'
  const lasted = summarize(
    times.stretches.filter(({ attempt }) => attempt.end === 'finished').map((s) => s.end - s.start),
  )
  const busy = times.utilisation === undefined ? '' : ` The slots were busy ${percent(times.utilisation)} of the time.`
  const each =
    lasted.n === 0
      ? ''
      : ` A finished attempt took ${duration(lasted.median)} (median; ${duration(lasted.min)} to ${duration(lasted.max)}).`
  const winners = new Set(factsOf(snapshot).winnerTrials.map(({ number }) => number))
  const words = `${counted(times.stretches.length, 'attempt')} on ${counted(times.slots.length, 'slot')} in ${duration(times.wallMs)}.${busy}${each}`
  return [{ kind: 'text', text: words }, timeline(times, winners), ...sectionTable(context)]
}

export const time = entry({
  summary: 'Where the time went: slots, utilisation, time by section.',
  options: z.object({}),
  create: (): Section => ({ title: 'Time', render }),
})
