import { counted } from '../base/human-readable.ts'
import { givenInWords } from '../trial/attempt-words.ts'
import { isJudged } from '../trial/ranking.ts'
import type { SweepNote } from '../trial/trial.ts'
import type { ReportContext } from './block.ts'
import { curveShape } from './curve-shape.ts'
import { chosenMethod, readEnsemble } from './ensemble-file.ts'
import { matters, parameterEffects } from './factors.ts'
import { configurationLabel, factsOf, isTestMetric } from './facts.ts'
import { metricText, percent } from './numbers.ts'
import { cut, flatParams, paramText } from './params.ts'
import { proposedDomains } from './proposed-domains.ts'
import { domainsOf, openEdgeOf } from './range-edge.ts'
import { spreads } from './spreads.ts'
import { winnerResults } from './task-results.ts'

/** Something that a person should look at, and what to do about it. */
export interface Finding {
  readonly text: string
  readonly advice: string
}

/** Looks at one thing; answers nothing when all is well or it cannot be told. */
export type Rule = (context: ReportContext) => Finding[]

export const failedTrials: Rule = ({ snapshot }) => {
  const failed = snapshot.trials.filter(({ state }) => state === 'failed')
  if (failed.length === 0) return []
  const reasons = new Map<string, number>()
  for (const trial of failed) {
    const end = trial.attempts.at(-1)?.end ?? 'failed'
    reasons.set(end, (reasons.get(end) ?? 0) + 1)
  }
  const words = [...reasons].map(([reason, n]) => `${n} ${reason}`).join(', ')
  return [
    {
      text: `${failed.length} of ${counted(snapshot.trials.length, 'trial')} failed: ${words}.`,
      advice: 'See Failures below; after mending it, run: sweep resume --retry failed',
    },
  ]
}

export const notNumbers: Rule = ({ snapshot }) => {
  const bad = snapshot.trials.filter(({ value }) => value !== undefined && !Number.isFinite(value))
  if (bad.length === 0) return []
  const names = cut(bad.map(({ number }) => number).join(', '), 80)
  const text = `${counted(bad.length, 'trial')} ended with a value that is not a number (${names}); they rank last.`
  return [{ text, advice: 'Usual causes: a learning rate that is too high, a division by an empty class.' }]
}

export const stoppedWhileImproving: Rule = ({ snapshot }) => {
  const { winnerTrials, ranking } = factsOf(snapshot)
  const shapes = winnerTrials.flatMap(({ curve }) => curveShape(curve, ranking.goal) ?? [])
  const improving = shapes.filter((shape) => shape.improving)
  if (improving.length === 0 || improving.length * 2 < shapes.length) return []
  return [
    {
      text: `${improving.length} of the winner’s ${counted(shapes.length, 'seed')} were still improving when they stopped (at step ${improving.map(({ lastStep }) => lastStep).join(', ')}).`,
      advice: 'Give it more epochs or more patience.',
    },
  ]
}

export const bestAtTheEdge: Rule = ({ snapshot }) => {
  const facts = factsOf(snapshot)
  if (facts.winner === undefined || facts.ranking.rows.length < 3) return []
  const best = flatParams(facts.winner.configuration.params)
  const idle = new Set(
    parameterEffects(facts)
      .factors.filter((effect) => !matters(effect))
      .map(({ factor }) => factor),
  )
  const proposed = proposedDomains(snapshot)
  return [...domainsOf(snapshot.spec.space)].flatMap(([name, domain]) => {
    const edge = openEdgeOf(domain, best.get(name), name)
    if (edge === undefined || idle.has(name)) return []
    const end = edge === 'low' ? 'lowest' : 'highest'
    const where =
      proposed.get(name)?.beyond === edge
        ? 'the proposed space below does'
        : 'the proposed space below keeps it, as it moves together with others'
    return [
      {
        text: `The best ${name} (${paramText(best.get(name))}) is the ${end} value of its range.`,
        advice: `Search ${edge === 'low' ? 'lower' : 'higher'}; ${where}.`,
      },
    ]
  })
}

export const seedsDisagree: Rule = ({ snapshot }) => {
  const spread = spreads(factsOf(snapshot))
  if (spread === undefined || spread.seeds <= spread.configurations) return []
  return [
    {
      text: `Seeds disagree more than configurations do: sd ${metricText(spread.seeds)} between seeds, ${metricText(spread.configurations)} between configurations.`,
      advice: 'More seeds of the best few will tell more than more configurations.',
    },
  ]
}

export const rankedByTest: Rule = ({ snapshot }) => {
  const name = snapshot.spec.metric?.name
  if (name === undefined || !isTestMetric(name)) return []
  const text = `The sweep ranks by ${name}: selecting on the test split makes the winner’s figure too good.`
  return [{ text, advice: 'Rank by a validation metric, and look at test once.' }]
}

export const luckAboveLead: Rule = ({ snapshot }) => {
  const { judgement, winner, second } = factsOf(snapshot)
  if (judgement === undefined || winner === undefined || second === undefined) return []
  const lead = Math.abs(winner.mean - second.mean)
  if (judgement.optimism <= lead || judgement.probabilityBest > 0.5) return []
  return [
    {
      text: `The luck of being picked (${metricText(judgement.optimism)}) is larger than the lead (${metricText(lead)}): the winner is truly best with a chance of ${percent(judgement.probabilityBest)}.`,
      advice: 'Run more seeds of the configurations that cannot be told apart, or take the cheapest of them.',
    },
  ]
}

export const incompleteWinner: Rule = ({ snapshot }) => {
  const facts = factsOf(snapshot)
  if (facts.winner === undefined || isJudged(facts.winner)) return []
  const missing = facts.winner.missing.map(({ seed, why }) => `seed ${seed} ${why}`).join(', ')
  const name = configurationLabel(facts, facts.winner.configuration.number)
  return [{ text: `The winner ${name} lacks seeds: ${missing}.`, advice: 'Run: sweep resume' }]
}

/** A seed that ran out of memory was given a smaller batch: whoever reads the ranking must know. */
export const winnerGivenLess: Rule = ({ snapshot }) => {
  const { winner, winnerTrials } = factsOf(snapshot)
  const configured = { ...snapshot.spec.fixed, ...winner?.configuration.params }
  const given = winnerTrials.flatMap(({ seed, attempts }) => {
    const { params } = attempts.at(-1) ?? {}
    return params === undefined ? [] : [`seed ${seed} with ${givenInWords({ params }, configured)}`]
  })
  if (given.length === 0) return []
  const keeps = (snapshot.spec.outOfMemory?.double.length ?? 0) > 0
  return [
    {
      text: `The winner did not run as its parameters say, because memory was short: ${given.join('; ')}.`,
      advice: keeps
        ? 'The effective batch is the same; what normalizes over a batch may still differ.'
        : 'Its effective batch was smaller. Compare it with a configuration of that batch.',
    },
  ]
}

/** Warnings that trainers gave, numbers aside the same text counted once: capped weights, untrained weights and so on. */
export const warningsOfTrials: Rule = ({ snapshot }) => {
  const groups = new Map<string, SweepNote[]>()
  for (const note of snapshot.notes) {
    if (note.level === 'info') continue
    const key = note.text.replace(/\d+(\.\d+)?/g, '0')
    groups.set(key, [...(groups.get(key) ?? []), note])
  }
  return [...groups.values()].slice(0, 12).map((notes) => {
    const trials = new Set(notes.flatMap(({ trial }) => trial ?? []))
    const where = trials.size === 0 ? '' : ` (${counted(trials.size, 'trial')})`
    return {
      text: `${cut(notes[0]?.text ?? '', 220).replace(/\.$/, '')}${where}.`,
      advice: trials.size === 0 ? 'Said of the sweep as a whole.' : adviceFor(notes[0]?.text ?? ''),
    }
  })
}

function adviceFor(text: string): string {
  if (/capped/i.test(text))
    return 'A larger multiplier of that class changes nothing beyond the cap; raise the cap or use boosts.'
  if (/not trained|untrained/i.test(text)) return 'Nothing downstream used these weights; run the trial again.'
  return 'Said by the trial; its log has more.'
}

const FAR_BELOW = 0.2
const FEW_ROWS = 30

export const weakClasses: Rule = (context) =>
  winnerResults(context)
    .results.filter(({ split }) => split === 'val')
    .flatMap(({ task, classes }) =>
      classes.flatMap((of): Finding[] => {
        const others = classes.filter((other) => other !== of).map(({ f1 }) => f1)
        const mean = others.reduce((sum, f1) => sum + f1, 0) / Math.max(1, others.length)
        if (others.length === 0 || !(mean - of.f1 > FAR_BELOW)) return []
        const cause = of.recall < of.precision ? 'it is predicted too seldom' : 'others are taken for it'
        const text = `${task}: class ${of.name} has F1 ${metricText(of.f1)}, the others ${metricText(mean)} on average; ${cause} (precision ${metricText(of.precision)}, recall ${metricText(of.recall)}).`
        return [{ text, advice: 'Try a larger boost or class weight for it, or a larger focal gamma.' }]
      }),
    )

export const thinClasses: Rule = (context) =>
  winnerResults(context)
    .results.filter(({ split }) => split === 'val')
    .flatMap(({ task, classes }) => {
      const thin = classes.filter(({ support }) => support < FEW_ROWS)
      if (thin.length === 0) return []
      const names = thin.map(({ name, support }) => `${name} (${Math.round(support)})`).join(', ')
      return [
        {
          text: `${task}: fewer than ${FEW_ROWS} validation rows of ${names}; one row moves its recall by ${percent(1 / (thin[0]?.support ?? 1))}.`,
          advice: 'Read its figures as rough.',
        },
      ]
    })

export const worseCalibration: Rule = ({ ensemble: content }) => {
  const ensemble = readEnsemble(content)
  const chosen = ensemble && chosenMethod(ensemble)
  return Object.entries(chosen?.tasks ?? {}).flatMap(([task, { calibration }]) => {
    const { before, after } = calibration.test ?? calibration.validation
    if (after.logLoss <= before.logLoss) return []
    const text = `${task}: calibration is worse than none: log loss ${metricText(before.logLoss)} before, ${metricText(after.logLoss)} after.`
    return [{ text, advice: 'Use the probabilities as they are, or more validation rows.' }]
  })
}
