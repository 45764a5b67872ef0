import type { Plan, TimeRange } from '../../app/plan.ts'
import { counted, duration, grouped } from '../../base/human-readable.ts'
import { paramsLabel } from './params-label.ts'
import { commandLine } from './shell-quote.ts'
import type { Style } from './style.ts'
import { facts } from './table.ts'

/** What a start would do, for people. */
export function planLines(plan: Plan, style: Style): string[] {
  const { spec } = plan
  return [
    style.bold(spec.name) + (spec.description === undefined ? '' : `: ${spec.description}`),
    ...facts([
      ['trials', trialsText(plan)],
      ['metric', spec.metric === undefined ? 'none: nothing is ranked' : `${spec.metric.name}, ${spec.metric.goal}`],
      ['answered', answeredText(plan)],
      ['slots', `${plan.slots.join(' ')}, ${counted(plan.parallel, 'trial')} at a time`],
      ['a trial', plan.perTrial && `${rangeText(plan.perTrial)} (${counted(plan.perTrial.basedOn, 'earlier trial')})`],
      ['in all', plan.total === undefined ? plan.unknown : rangeText(plan.total)],
    ]).map((line) => `  ${line}`),
    'First configurations:',
    ...plan.first.map((params, i) => `  ${String(i).padStart(3)}  ${paramsLabel(params)}`),
    ...plan.notes.map((note) => style.yellow(`note: ${note}`)),
    `Nothing was started. ${commandLine('sweep', 'start', spec.name)}`,
  ]
}

function trialsText({ trials, configurations, seeds }: Plan): string {
  const each = `${counted(seeds.length, 'seed')} each`
  if (trials === undefined || configurations === undefined) return `no end of its own, ${each}; set run_cap to bound it`
  return `${grouped(trials)} = ${counted(configurations, 'configuration')}, ${each}`
}

function answeredText({ answered, lookedUp, trials }: Plan): string | undefined {
  if (answered === 0) return undefined
  const part = trials !== undefined && lookedUp < trials ? ` of the first ${counted(lookedUp, 'trial')}` : ''
  return `${grouped(answered)}${part} by identical trials of earlier sweeps`
}

function rangeText({ low, middle, high }: TimeRange): string {
  return `about ${duration(middle)} (${duration(low)} to ${duration(high)})`
}
