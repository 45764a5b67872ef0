// Key: B rows of the batch.
import { TrialFailure } from '../../base/errors.ts'
import type { BulkRandom } from '../bulk-random.ts'
import type { Engine } from '../engine/engine.ts'
import type { Slot } from '../engine/optimizer.ts'
import { readNumber } from '../engine/read-number.ts'
import { add, dispose, type Scalar, type Tensor, tidy, valueAndGrads } from '../engine/tf.ts'
import { type NamedArrays, type Parameter, parametersOf, type Weights } from '../model/parameters.ts'
import type { Settings } from '../settings.ts'
import { adamW, clipFactor, globalNorm } from './adamw.ts'
import { batchLoss, type EpochTerms, type LossInput, labelledOf } from './batch-loss.ts'
import { type LearnerParts, type LearnerState, parametersOfAll, toTensors, trainedParameters } from './learner-state.ts'
import { decayAt, moved } from './moving-average.ts'
import { logVariance } from './task-weighting.ts'

export interface StepOptions {
  /** Before the factors of parameter groups. */
  readonly learningRate: number
  readonly terms: EpochTerms
  /** Where dropout masks come from. */
  readonly random: BulkRandom
}

/** The weights under training, on the engine, with their optimizer. */
export class Learner {
  readonly #parts: LearnerParts
  readonly #engine: Engine
  /** Only those that train. */
  readonly #parameters: readonly Parameter[]
  readonly #slots: Map<string, Slot>
  /** Of the others. */
  readonly #fixed: Weights
  /** Of the model's weights; empty when none is kept. */
  readonly #average: Map<string, Tensor>
  readonly #idle: Map<string, number>
  #steps: number

  constructor(parts: LearnerParts, start: LearnerState, engine: Engine) {
    this.#parts = parts
    this.#engine = engine
    this.#parameters = trainedParameters(parts)
    this.#fixed = toTensors(
      parametersOfAll(parts).filter(({ trains }) => !trains),
      parts.body.start ?? new Map(),
    )
    this.#steps = start.steps
    this.#idle = new Map(start.idle)
    const weights = toTensors(this.#parameters, start.weights)
    const first = toTensors(this.#parameters, start.first)
    const second = toTensors(this.#parameters, start.second)
    const slotOf = (name: string) => ({ weight: weights.get(name), first: first.get(name), second: second.get(name) })
    this.#slots = new Map(this.#parameters.map(({ name }) => [name, slotOf(name) as Slot]))
    const averaged = start.average ? this.#parameters.filter(({ group }) => group !== 'loss') : []
    this.#average = toTensors(averaged, start.average ?? new Map())
  }

  get steps(): number {
    return this.#steps
  }

  /** What is to be judged: the averaged weights, where they are kept. Valid until the next step. */
  get judged(): Weights {
    return new Map([...this.#current(), ...this.#average])
  }

  /** A copy on this side of the engine. */
  async state(): Promise<LearnerState> {
    const part = (name: keyof Slot) => read([...this.#slots].map(([key, slot]) => [key, slot[name]] as const))
    const [weights, first, second] = [await part('weight'), await part('first'), await part('second')]
    const state = { steps: this.#steps, weights, first, second, idle: new Map(this.#idle) }
    return this.#average.size > 0 ? { ...state, average: await read([...this.#average]) } : state
  }

  /** Frees the tensors; call nothing afterwards. */
  dispose(): void {
    dispose([...this.#slots.values()].flatMap(({ weight, first, second }) => [weight, first, second]))
    dispose([...this.#fixed.values(), ...this.#average.values()])
  }

  /**
   * One optimizer step on the gradient of the given batches: the same as that of one batch with all their rows, since
   * every row's share of the loss is counted over all of them.
   *
   * @param batches row numbers; several when gradients are accumulated
   * @returns loss over all rows, before the step
   * @throws {TrialFailure} LOSS_NOT_FINITE
   */
  async step(batches: readonly Int32Array[], options: StepOptions): Promise<number> {
    const { terms, random } = options
    const plans = this.#parts.plans.filter(({ name }) => terms.taskWeights.has(name))
    const input: LossInput = {
      ...this.#parts,
      plans,
      terms,
      random,
      labelled: labelledOf(plans, batches),
      batches: batches.length,
    }
    const parameters = this.#takingPart(terms)
    let loss = 0
    let gradients: Tensor[] = []
    for (const rows_B of batches) {
      const part = this.#gradients(rows_B, parameters, input)
      loss += await readNumber(part.loss)
      gradients = sumOf(gradients, part.gradients)
    }
    const norm = this.#engine.lengthOf?.(gradients) ?? (await globalNorm(gradients))
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      dispose(gradients)
      throw notFinite(Number.isFinite(loss) ? 'norm of the gradient' : 'training loss', terms.epoch, this.#steps + 1)
    }
    this.#apply(parameters, gradients, { norm, learningRate: options.learningRate })
    return loss
  }

  #current(): [string, Tensor][] {
    return [...this.#fixed, ...[...this.#slots].map(([name, { weight }]): [string, Tensor] => [name, weight])]
  }

  /** All but the heads of tasks that have not begun. */
  #takingPart({ taskWeights }: EpochTerms): Parameter[] {
    const waiting = this.#parts.plans.filter(({ name }) => !taskWeights.has(name))
    const names = new Set(waiting.flatMap(({ head }) => [...parametersOf(head), logVariance(head.task)]).map(nameOf))
    return this.#parameters.filter(({ name }) => !names.has(name))
  }

  #gradients(
    rows_B: Int32Array,
    parameters: readonly Parameter[],
    input: LossInput,
  ): { loss: Scalar; gradients: Tensor[] } {
    const current = this.#current()
    const lossAt = (...given: Tensor[]): Scalar => {
      const weights = new Map([...current, ...parameters.map(({ name }, i) => [name, given[i] as Tensor] as const)])
      return batchLoss(rows_B, weights, input)
    }
    const { value, grads } = valueAndGrads(lossAt)(parameters.map(({ name }) => (this.#slots.get(name) as Slot).weight))
    return { loss: value as Scalar, gradients: grads }
  }

  /** Disposes the gradients. */
  #apply(
    parameters: readonly Parameter[],
    gradients: readonly Tensor[],
    { norm, learningRate }: { norm: number; learningRate: number },
  ): void {
    const { settings } = this.#parts
    const update = this.#engine.adamW ?? adamW
    const gradientFactor = clipFactor(norm, settings.maxGradNorm)
    this.#steps++
    for (const [i, parameter] of parameters.entries()) {
      const gradient = gradients[i] as Tensor
      const { name, decays } = parameter
      const slot = update(this.#slots.get(name) as Slot, gradient, {
        learningRate: learningRate * rateFactor(parameter, settings),
        weightDecay: decays ? settings.weightDecay : 0,
        epsilon: settings.adamEpsilon,
        step: this.#steps - (this.#idle.get(name) ?? 0),
        gradientFactor,
      })
      gradient.dispose()
      this.#slots.set(name, slot)
    }
    this.#countIdle(parameters)
    this.#moveAverage()
  }

  #countIdle(active: readonly Parameter[]): void {
    if (active.length === this.#parameters.length) return
    const names = new Set(active.map(nameOf))
    for (const { name } of this.#parameters) {
      if (!names.has(name)) this.#idle.set(name, (this.#idle.get(name) ?? 0) + 1)
    }
  }

  #moveAverage(): void {
    const decay = decayAt(this.#steps - 1, this.#parts.settings.emaDecay)
    for (const [name, average] of this.#average) {
      this.#average.set(name, moved(average, (this.#slots.get(name) as Slot).weight, decay))
    }
  }
}

const nameOf = ({ name }: Parameter) => name

async function read(tensors: readonly (readonly [string, Tensor])[]): Promise<NamedArrays> {
  const arrays = new Map<string, Float32Array>()
  for (const [name, tensor] of tensors) arrays.set(name, (await tensor.data()) as Float32Array)
  return arrays
}

/** What a parameter's learning rate is multiplied by: more for new heads, less the deeper in a finished encoder. */
export function rateFactor(
  { group, depth }: Pick<Parameter, 'group' | 'depth'>,
  { headLrMultiplier, layerwiseLrDecay }: Pick<Settings, 'headLrMultiplier' | 'layerwiseLrDecay'>,
): number {
  return group === 'head' ? headLrMultiplier : group === 'body' ? layerwiseLrDecay ** depth : 1
}

function notFinite(what: string, epoch: number, step: number): TrialFailure {
  return new TrialFailure(
    `The ${what} became infinite or not a number in epoch ${epoch}, step ${step} of the training. The trial ended there.`,
    { code: 'LOSS_NOT_FINITE', suggestions: ['Use a smaller learning_rate, or a max_grad_norm of 1.'] },
  )
}

/** Adds two lists of gradients and disposes them; an empty `before` gives `more` as it is. */
function sumOf(before: Tensor[], more: Tensor[]): Tensor[] {
  if (before.length === 0) return more
  return before.map((tensor, i) => {
    const other = more[i] as Tensor
    const total = tidy(() => add(tensor, other))
    tensor.dispose()
    other.dispose()
    return total
  })
}
