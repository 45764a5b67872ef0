// Key: B rows of the batch.
import { TrialFailure } from '../../base/errors.ts'
import type { BulkRandom } from '../bulk-random.ts'
import type { Engine } from '../engine/engine.ts'
import type { Slot } from '../engine/optimizer.ts'
import { readNumber } from '../engine/read-number.ts'
import { add, dispose, mul, type Scalar, type Tensor, tensor, tidy, valueAndGrads } from '../engine/tf.ts'
import type { Body } from '../model/body.ts'
import { logitsOf } from '../model/heads.ts'
import { initialValues, type NamedArrays, type Parameter, parametersOf, type Weights } from '../model/parameters.ts'
import type { Settings } from '../settings.ts'
import { adamW, clipFactor, globalNorm } from './adamw.ts'
import { focalLoss, targetOf } from './focal-loss.ts'
import type { TaskPlan } from './plan.ts'

/** Everything that training changes, on this side of the engine. */
export interface LearnerState {
  /** Optimizer steps done. */
  readonly steps: number
  /** Of the parameters that train. */
  readonly weights: NamedArrays
  /** Running means of AdamW, by parameter name. */
  readonly first: NamedArrays
  readonly second: NamedArrays
}

export interface LearnerParts {
  /** Makes features of the rows that the batches name. */
  readonly body: Body
  readonly plans: readonly TaskPlan[]
  readonly settings: Settings
}

export interface StepOptions {
  readonly learningRate: number
  /** Where dropout masks come from. */
  readonly random: BulkRandom
}

/** The start of a training: given weights, no memory of gradients. */
export function freshState(weights: NamedArrays): LearnerState {
  const zeros = () => new Map([...weights].map(([name, values]) => [name, new Float32Array(values.length)]))
  return { steps: 0, weights, first: zeros(), second: zeros() }
}

/** A body and the heads on it, whatever they are trained for. */
export interface ModelParts {
  readonly body: Body
  readonly plans: readonly Pick<TaskPlan, 'head'>[]
}

/** What a model of this body and these tasks consists of, from the bottom up. */
export function parametersOfAll({ body, plans }: ModelParts): Parameter[] {
  return [...body.parameters, ...plans.flatMap((plan) => parametersOf(plan.head))]
}

/** The start of a training from nothing: heads are drawn, a body begins with what it brings along. */
export function startOf(parts: ModelParts, seed: number): LearnerState {
  const trained = parametersOfAll(parts).filter(({ trains }) => trains)
  const given = parts.body.start ?? new Map<string, Float32Array>()
  const drawn = initialValues(
    trained.filter(({ name }) => !given.has(name)),
    seed,
  )
  return freshState(new Map(trained.map(({ name }) => [name, (given.get(name) ?? drawn.get(name)) as Float32Array])))
}

/** All weights of a model on the engine: those that were trained, and those of the body that stay as they started. */
export function modelWeights(parts: ModelParts, trained: NamedArrays): Map<string, Tensor> {
  return toTensors(parametersOfAll(parts), new Map([...(parts.body.start ?? []), ...trained]))
}

/** Copies arrays to the engine. The caller disposes the tensors. */
export function toTensors(parameters: readonly Parameter[], arrays: NamedArrays): Map<string, Tensor> {
  return new Map(
    parameters.map(({ name, shape }) => [name, tensor(arrays.get(name) as Float32Array, shape as number[])]),
  )
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
  #steps: number

  constructor(parts: LearnerParts, start: LearnerState, engine: Engine) {
    this.#parts = parts
    this.#engine = engine
    const all = parametersOfAll(parts)
    this.#parameters = all.filter(({ trains }) => trains)
    this.#fixed = toTensors(
      all.filter(({ trains }) => !trains),
      parts.body.start ?? new Map(),
    )
    this.#steps = start.steps
    const weights = toTensors(this.#parameters, start.weights)
    const first = toTensors(this.#parameters, start.first)
    const second = toTensors(this.#parameters, start.second)
    const slotOf = (name: string) => ({ weight: weights.get(name), first: first.get(name), second: second.get(name) })
    this.#slots = new Map(this.#parameters.map(({ name }) => [name, slotOf(name) as Slot]))
  }

  get steps(): number {
    return this.#steps
  }

  /** As they are now; valid until the next step. */
  get weights(): Weights {
    return new Map([...this.#fixed, ...[...this.#slots].map(([name, { weight }]) => [name, weight] as const)])
  }

  /** A copy on this side of the engine. */
  async state(): Promise<LearnerState> {
    const copy = async (part: keyof Slot): Promise<NamedArrays> => {
      const values = new Map<string, Float32Array>()
      for (const [name, slot] of this.#slots) values.set(name, (await slot[part].data()) as Float32Array)
      return values
    }
    const [weights, first, second] = [await copy('weight'), await copy('first'), await copy('second')]
    return { steps: this.#steps, weights, first, second }
  }

  /** Frees the tensors; call nothing afterwards. */
  dispose(): void {
    dispose([...this.#slots.values()].flatMap(({ weight, first, second }) => [weight, first, second]))
    dispose([...this.#fixed.values()])
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
    let loss = 0
    let gradients: Tensor[] = []
    const labelled = this.#parts.plans.map((plan) => labelledRows(plan, batches))
    for (const rows_B of batches) {
      const part = this.#gradients(rows_B, { labelled, random: options.random })
      loss += await readNumber(part.loss)
      gradients = sumOf(gradients, part.gradients)
    }
    if (!Number.isFinite(loss)) {
      throw new TrialFailure(`The training loss became ${loss} in step ${this.#steps + 1}. The trial ended there.`, {
        code: 'LOSS_NOT_FINITE',
        suggestions: ['Use a smaller learning_rate, or a max_grad_norm of 1.'],
      })
    }
    await this.#apply(gradients, options.learningRate)
    return loss
  }

  #gradients(
    rows_B: Int32Array,
    { labelled, random }: { labelled: readonly number[]; random: BulkRandom },
  ): { loss: Scalar; gradients: Tensor[] } {
    const { body, plans, settings } = this.#parts
    const names = this.#parameters.map(({ name }) => name)
    const dropout = settings.dropout > 0 ? (size: number) => random.dropoutMask(size, settings.dropout) : undefined
    const lossAt = (...weights: Tensor[]): Scalar => {
      const byName = new Map([...this.#fixed, ...names.map((name, i) => [name, weights[i] as Tensor] as const)])
      const x = body.batch(rows_B, { weights: byName, random })
      const losses = plans.map((plan, t) => {
        const logits = logitsOf(plan.head, byName, dropout ? { x, dropout } : { x })
        const target = targetOf(
          Int32Array.from(rows_B, (row) => plan.labels_N[row] as number),
          plan.classWeights,
          labelled[t],
        )
        return mul(focalLoss(logits, target, plan.loss), plan.taskWeight)
      })
      return losses.reduce((a, b) => add(a, b)) as Scalar
    }
    const weights = [...this.#slots.values()].map(({ weight }) => weight)
    const { value, grads } = valueAndGrads(lossAt)(weights)
    return { loss: value as Scalar, gradients: grads }
  }

  /** Disposes the gradients. */
  async #apply(gradients: Tensor[], learningRate: number): Promise<void> {
    const { weightDecay, adamEpsilon, maxGradNorm } = this.#parts.settings
    const update = this.#engine.adamW ?? adamW
    const gradientFactor = clipFactor(await globalNorm(gradients), maxGradNorm)
    this.#steps++
    for (const [i, parameter] of this.#parameters.entries()) {
      const gradient = gradients[i] as Tensor
      const slot = this.#slots.get(parameter.name) as Slot
      const decay = parameter.decays ? weightDecay : 0
      const at = { learningRate, weightDecay: decay, epsilon: adamEpsilon, gradientFactor }
      this.#slots.set(parameter.name, update(slot, gradient, { ...at, step: this.#steps }))
      gradient.dispose()
    }
  }
}

/** How many rows of all batches have a label of the task. */
function labelledRows({ labels_N }: TaskPlan, batches: readonly Int32Array[]): number {
  let count = 0
  for (const rows_B of batches) for (const row of rows_B) if ((labels_N[row] as number) >= 0) count++
  return count
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
