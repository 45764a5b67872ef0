import type { Clock } from '../base/clock.ts'
import type { NotifySpec } from '../trial/sweep-spec.ts'
import { notifiers } from './index.ts'
import { type Message, type Notifier, type Surroundings, Undelivered } from './notifier.ts'
import { masked } from './secrets.ts'

/** What became of one message for one receiver. */
export interface Delivery {
  /** `webhook hooks.slack.com` */
  readonly to: string
  readonly delivered: boolean
  readonly attempts: number
  /** In words, without secrets; only when it did not arrive. */
  readonly problem?: string
}

export interface DeliverOptions {
  readonly env: Surroundings['env']
  readonly clock: Clock
  /** Milliseconds for all attempts together; then it is given up. */
  readonly withinMs: number
  /** Aborted = give up now. */
  readonly signal?: AbortSignal
}

/** Pauses before the second and the third attempt, in milliseconds. */
const PAUSES_MS = [1000, 4000]

/** Sends a message to all of them at the same time. Never throws and takes no longer than `withinMs`. */
export async function deliver(
  message: Message,
  targets: readonly NotifySpec[],
  options: DeliverOptions,
): Promise<Delivery[]> {
  const { clock, withinMs } = options
  const [over, done] = [new AbortController(), new AbortController()]
  const timer = clock.sleep(withinMs, done.signal).then(() => over.abort())
  const signal = options.signal === undefined ? over.signal : AbortSignal.any([over.signal, options.signal])
  const surroundings = { env: options.env, signal }
  const deliveries = await Promise.all(targets.map((target) => deliverTo(message, target, { ...surroundings, clock })))
  done.abort()
  await timer
  return deliveries
}

async function deliverTo(
  message: Message,
  target: NotifySpec,
  surroundings: Surroundings & { readonly clock: Clock },
): Promise<Delivery> {
  let attempts = 0
  let to = target.name
  try {
    const notifier = notifierOf(target)
    to = notifier.name(surroundings.env)
    for (;;) {
      attempts++
      const problem = await attempted(notifier, message, surroundings)
      if (problem === undefined) return { to, delivered: true, attempts }
      const pause = Math.max(PAUSES_MS[attempts - 1] ?? Number.NaN, problem.afterMs ?? 0)
      if (!problem.again || Number.isNaN(pause)) return { to, delivered: false, attempts, problem: problem.message }
      await surroundings.clock.sleep(pause, surroundings.signal)
      if (surroundings.signal.aborted) return { to, delivered: false, attempts, problem: problem.message }
    }
  } catch (error) {
    // A release that lacks this notifier, or a bug of ours: the sweep is worth more than the message about it.
    return {
      to,
      delivered: false,
      attempts,
      problem: masked((error as Error).message, target.options, surroundings.env),
    }
  }
}

function notifierOf({ name, options }: NotifySpec): Notifier {
  const known: Readonly<Record<string, (typeof notifiers)[keyof typeof notifiers]>> = notifiers
  const made = known[name]
  if (made === undefined) throw new Undelivered(`this release has no notifier ${name}`, { again: false })
  return made.create(options)
}

async function attempted(
  notifier: Notifier,
  message: Message,
  surroundings: Surroundings,
): Promise<Undelivered | undefined> {
  try {
    await notifier.send(message, surroundings)
    return undefined
  } catch (error) {
    if (error instanceof Undelivered) return error
    throw error
  }
}

/** One sentence a receiver that a message did not reach. */
export function deliveryWarnings(deliveries: readonly Delivery[]): string[] {
  return deliveries
    .filter(({ delivered }) => !delivered)
    .map(({ to, attempts, problem }) => {
      const times = attempts > 1 ? ` after ${attempts} attempts` : ''
      return `A message by ${to} was not delivered${times}: ${problem}. The sweep is not affected; "sweep notify test" tries it again.`
    })
}
