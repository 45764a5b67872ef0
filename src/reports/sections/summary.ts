import { z } from 'zod'
import { counted, duration } from '../../base/human-readable.ts'
import { entry } from '../../base/registry.ts'
import { sinceLast, sinceLastWords } from '../../trial/since-last.ts'
import type { SweepSnapshot } from '../../trial/trial.ts'
import type { Block, KeyFigure, ReportContext, Section } from '../block.ts'
import { factsOf, type SweepFacts } from '../facts.ts'
import { chance, metricText, rangeText, signed } from '../numbers.ts'
import { paramsLabel } from '../params.ts'
import { timeFacts } from '../time-facts.ts'
import { judgeTargets, levelsOf, type Verdict } from '../verdict.ts'

/** `Configuration #5 (gamma 2, boost 4)`. */
function winnerName(facts: SweepFacts, number: number): string {
  const params = paramsLabel(facts.params.get(number) ?? new Map(), facts.varying, 90)
  return params === '' ? `Configuration #${number}` : `Configuration #${number} (${params})`
}

/** The answer in one sentence, whatever state the sweep is in. */
function headline(snapshot: SweepSnapshot, facts: SweepFacts): string {
  const { winner, second } = facts
  const metric = snapshot.spec.metric?.name
  if (snapshot.trials.length === 0) return 'No trial was started, so there is nothing to compare yet.'
  if (metric === undefined) return 'This sweep names no metric: its trials ran, and nothing is ranked.'
  if (winner === undefined && facts.ranking.rows.some(({ overLimits }) => overLimits !== undefined)) {
    return 'No configuration keeps to the limits of the sweep, so there is no winner.'
  }
  if (winner === undefined) return `No trial completed with a usable ${metric}, so there is no winner.`
  const name = winnerName(facts, winner.configuration.number)
  const value = `${metric} ${metricText(winner.mean)}`
  if (second === undefined) return `${name} is the only configuration with a result: ${value}.`
  const ahead = facts.sign * (winner.mean - second.mean)
  const lead = metricText(Math.abs(ahead))
  if (facts.ranking.pooled.df === 0) {
    return `${name} leads with ${value}, ${lead} ahead of the next; with one seed each, nobody can tell whether that is luck.`
  }
  // What is recommended is the likeliest to be best: with fewer seeds, a higher mean may be more luck.
  if (ahead < 0) {
    return `${name} is recommended with ${value}: the next shows ${lead} better, on fewer seeds, which is within seed noise.`
  }
  return second.tiedWithBest
    ? `${name} leads with ${value}, but its lead of ${lead} is within seed noise.`
    : `${name} wins with ${value}, ${lead} ahead of the next, which is more than seed noise.`
}

/** What the headline rests on, in two or three sentences. */
function explanation(facts: SweepFacts): Block[] {
  const { ranking, winner, second } = facts
  if (winner === undefined || second === undefined) return []
  const tied = ranking.rows.filter((row) => row !== winner && row.tiedWithBest).length
  const others = ranking.rows.length - 1
  const ties =
    tied === 0
      ? `All ${counted(others, 'other configuration')} can be told from it by a paired test over common seeds.`
      : `${tied} of the ${counted(others, 'other configuration')} cannot be told from it by a paired test over common seeds.`
  const noise =
    ranking.pooled.df > 0 ? ` Seeds of one configuration differ by ${metricText(ranking.pooled.sd)} (sd).` : ''
  return [{ kind: 'text', text: `${ties}${basis(facts)}${noise}${luckWords(facts)}` }]
}

/** Why few seeds can be enough. */
function basis({ second }: SweepFacts): string {
  if (second?.behindBest?.basis !== 'pooled') return ''
  return ' Its noise is what all configurations show together when the effect that a seed has on all of them is taken out.'
}

/** What being picked as the largest did to the winner's figure. */
function luckWords({ judgement, winner, ranking, sign }: SweepFacts): string {
  if (judgement === undefined || winner === undefined) return ''
  const expected = metricText(winner.mean - sign * judgement.optimism)
  return ` Being picked as the best of ${ranking.rows.length} noisy means is worth about ${metricText(judgement.optimism)}: with new seeds expect about ${expected}.`
}

function winnerFigures({ winner, second, judgement, sign }: SweepFacts, metric: string): KeyFigure[] {
  if (winner === undefined) return []
  const { low, high, basis } = winner.interval
  const figures: KeyFigure[] = [
    {
      label: `Best ${metric}`,
      value: metricText(winner.mean),
      detail: basis === 'none' ? 'one seed, no interval' : `95 %: ${rangeText({ low, high })}`,
    },
  ]
  if (second !== undefined) {
    const within = second.tiedWithBest
    figures.push({
      label: 'Lead over the next',
      value: signed(sign * (winner.mean - second.mean)),
      detail: within ? 'within seed noise' : 'more than seed noise',
      tone: within ? 'warn' : 'good',
    })
  }
  if (judgement !== undefined) {
    figures.push({
      label: 'Chance it is truly best',
      value: chance(judgement.probabilityBest),
      detail: `simulated from the pooled seed noise; luck in its figure: ${metricText(judgement.optimism)}`,
    })
  }
  return figures
}

function effortFigures(snapshot: SweepSnapshot): KeyFigure[] {
  const count = (state: string) => snapshot.trials.filter((trial) => trial.state === state).length
  const reused = snapshot.trials.filter((trial) => trial.reusedFrom !== undefined).length
  const others = ['pruned', 'cancelled', 'running', 'paused', 'waiting'].map((state) => ({ state, n: count(state) }))
  const failed = count('failed')
  const parts = [
    `${count('completed')} completed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...others.filter(({ n }) => n > 0).map(({ state, n }) => `${n} ${state}`),
    ...(reused > 0 ? [`${reused} reused`] : []),
  ]
  const { wallMs, gpuMs, cpuMs, utilisation } = timeFacts(snapshot)
  const used = gpuMs > 0 ? `${hours(gpuMs)} GPU` : `${hours(cpuMs)} CPU`
  const busy = utilisation === undefined ? used : `${used}, slots ${Math.round(utilisation * 100)} % busy`
  return [
    {
      label: 'Trials',
      value: String(snapshot.trials.length),
      detail: parts.join(', '),
      tone: failed > 0 ? 'warn' : 'plain',
    },
    { label: 'Wall time', value: duration(wallMs), detail: busy },
  ]
}

/** `1.25 h`; minutes below a tenth of an hour. */
function hours(milliseconds: number): string {
  const value = milliseconds / 3_600_000
  return value < 0.1 ? `${(value * 60).toFixed(1)} min` : `${value.toFixed(value < 10 ? 2 : 0)} h`
}

function verdictNote(verdicts: readonly Verdict[]): Block[] {
  if (verdicts.length === 0) return []
  const missed = verdicts.filter(({ reached }) => reached === undefined)
  const start =
    missed.length === 0 ? 'Targets: none missed.' : `Targets: ${missed.length} of ${verdicts.length} missed.`
  const text = `${start} ${verdicts.map(verdictWords).join('; ')}.`
  return [{ kind: 'note', level: missed.length === 0 ? 'good' : 'warn', text }]
}

/** `test/macro_f1 0.7679: minimum reached, good missed by 0.0121`. */
function verdictWords({ metric, target, value, reached }: Verdict): string {
  if (value === undefined) return `${metric} was not measured`
  const levels = levelsOf(target)
  const next = levels[levels.findIndex(({ level }) => level === reached) + 1]
  const parts = [
    ...(reached === undefined ? [] : [`${reached} reached`]),
    ...(next === undefined ? [] : [`${next.level} missed by ${metricText(Math.abs(next.value - value))}`]),
  ]
  return `${metric} ${metricText(value)}: ${parts.join(', ')}`
}

function stateNote({ state, stateReason }: SweepSnapshot): Block[] {
  if (state === 'finished' && stateReason === undefined) return []
  const why = stateReason === undefined ? '' : `: ${stateReason.replace(/\.$/, '')}`
  const ended = state === 'finished' ? 'ended early' : state
  return [
    { kind: 'note', level: 'info', text: `The sweep is ${ended}${why}. What follows shows what is known so far.` },
  ]
}

/** For whoever reads it in the morning: what the night has added. */
function sinceLastNote({ snapshot, previous }: ReportContext): Block[] {
  if (previous === undefined) return []
  const changed = sinceLast(previous, snapshot)
  const level = changed.newBest && changed.test?.significant ? 'good' : 'info'
  return [{ kind: 'note', level, text: sinceLastWords(changed) }]
}

function render(context: ReportContext): Block[] {
  const { snapshot } = context
  const facts = factsOf(snapshot)
  const { description } = snapshot.spec
  return [
    { kind: 'text', text: headline(snapshot, facts) },
    ...(description === undefined ? [] : [{ kind: 'text', text: description } as const]),
    { kind: 'figures', items: [...winnerFigures(facts, snapshot.spec.metric?.name ?? ''), ...effortFigures(snapshot)] },
    ...explanation(facts),
    ...sinceLastNote(context),
    ...verdictNote(judgeTargets(snapshot, facts.winnerTrials)),
    ...stateNote(snapshot),
  ]
}

export const summary = entry({
  summary: 'Who won, by how much, and whether that is more than seed noise.',
  options: z.object({}),
  create: (): Section => ({ title: 'Summary', render }),
})
