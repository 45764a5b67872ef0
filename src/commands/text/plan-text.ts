import type { Plan } from '../../app/plan.ts'
import { counted, grouped } from '../../base/human-readable.ts'
import { estimateFacts } from './estimate-text.ts'
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
      ['search', plan.search],
      ['metric', spec.metric === undefined ? 'none: nothing is ranked' : `${spec.metric.name}, ${spec.metric.goal}`],
      ['slots', `${plan.slots.join(' ')}, ${counted(plan.parallel, 'trial')} at a time`],
      ...estimateFacts(plan),
    ]).map((line) => `  ${line}`),
    'First configurations:',
    ...plan.first.map((params, i) => `  ${String(i).padStart(3)}  ${paramsLabel(params)}`),
    ...plan.notes.map((note) => style.yellow(`note: ${note}`)),
    lastLine(plan, style),
  ]
}

function trialsText({ trials, configurations, seeds }: Plan): string {
  const each = `${counted(seeds.length, 'seed')} each`
  if (trials === undefined || configurations === undefined) return `no end of its own, ${each}; set run_cap to bound it`
  return `${grouped(trials)} = ${counted(configurations, 'configuration')}, ${each}`
}

/** A plan that cannot work does not end in the command that would start it. */
function lastLine({ spec, refusal, until }: Plan, style: Style): string {
  if (refusal !== undefined) return style.red(`Nothing was started, and a start would be refused: ${refusal}`)
  const flags = until === undefined ? [] : ['--until', new Date(until).toTimeString().slice(0, 5)]
  return `Nothing was started. ${commandLine('sweep', 'start', spec.name, ...flags)}`
}
