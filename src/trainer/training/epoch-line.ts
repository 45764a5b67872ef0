import { duration } from '../../base/human-readable.ts'
import type { Settings } from '../settings.ts'
import type { TaskPlan } from './plan.ts'
import type { EpochRecord } from './train.ts'

/** A class whose F1 every epoch's line shows. */
export interface WatchedClass {
  readonly task: string
  readonly class: number
  readonly name: string
}

/** The named classes; without names the boosted ones; without those the rarest of each task. */
export function watchedClasses(plans: readonly TaskPlan[], settings: Settings): WatchedClass[] {
  const all = plans.flatMap((plan) =>
    plan.classes.map((name, index) => ({ task: plan.name, class: index, name, plan })),
  )
  const named = all.filter(({ name }) => settings.watch.includes(name))
  const boosted = all.filter((one) => (settings.tasks.get(one.task)?.boost[one.class] ?? 1) > 1)
  const rarest = all.filter(({ plan, class: index }) => plan.counts.indexOf(Math.min(...plan.counts)) === index)
  const chosen = named.length > 0 ? named : boosted.length > 0 ? boosted : rarest
  return chosen.map(({ task, class: index, name }) => ({ task, class: index, name }))
}

export interface LineOptions {
  readonly epochs: number
  readonly watched: readonly WatchedClass[]
  readonly milliseconds: number
}

/** `epoch  3/12  macro-F1 0.8123 (sentiment 0.8321, venue 0.7925)  yelp 0.612  loss 0.41 / 0.47  lr 8.2e-3  0.2 s`. */
export function epochLine(record: EpochRecord, { epochs, watched, milliseconds }: LineOptions): string {
  const { validation } = record
  const tasks = [...validation.tasks].map(([name, { macroF1 }]) => `${name} ${macroF1.toFixed(4)}`)
  const classes = watched.map(({ task, class: index, name }) => {
    return `${name} ${(validation.tasks.get(task)?.perClass[index]?.f1 ?? Number.NaN).toFixed(3)}`
  })
  return [
    `epoch ${String(record.epoch).padStart(String(epochs).length)}/${epochs}`,
    `macro-F1 ${validation.macroF1.toFixed(4)} (${tasks.join(', ')})`,
    ...(classes.length > 0 ? [classes.join(', ')] : []),
    `loss ${record.trainLoss.toFixed(3)} train, ${validation.loss.toFixed(3)} val`,
    `lr ${record.learningRate.toExponential(1)}`,
    duration(milliseconds),
    ...(record.isBest ? ['best'] : []),
  ].join('  ')
}
