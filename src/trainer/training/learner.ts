// Key: B rows of the batch.
import { TrialFailure } from '../../base/errors.ts'
import type { BulkRandom } from '../bulk-random.ts'
import { add, dispose, mul, type Scalar, type Tensor, tensor, tidy, valueAndGrads } from '../engine/tf.ts'
import type { FeatureRows } from '../model/feature-rows.ts'
import { logitsOf, type Weights } from '../model/heads.ts'
import { type NamedArrays, type Parameter, parametersOf } from '../model/parameters.ts'
import type { Settings } from '../settings.ts'
import { adamW, clipFactor, globalNorm, type Slot } from './adamw.ts'
import { focalLoss, targetOf } from './focal-loss.ts'
import type { TaskPlan } from './plan.ts'

/** Everything that training changes, on this side of the engine. */
export interface LearnerState {
  /** Optimizer steps done. */
  readonly steps: number
  readonly weights: NamedArrays
  /** Running means of AdamW, by parameter name. */
  readonly first: NamedArrays
  readonly second: NamedArrays
}

export interface LearnerParts {
  /** Of the rows that the batches name. */
  readonly features: FeatureRows
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

export const parametersOfAll = (plans: readonly TaskPlan[]): Parameter[] => plans.flatMap((p) => parametersOf(p.head))

/** Copies arrays to the engine. The caller disposes the tensors. */
export function toTensors(parameters: readonly Parameter[], arrays: NamedArrays): Map<string, Tensor> {
  return new Map(
    parameters.map(({ name, shape }) => [name, tensor(arrays.get(name) as Float32Array, shape as number[])]),
  )
}

/** The weights under training, on the engine, with their optimizer. */
export class Learner {
  readonly #parts: LearnerParts
  readonly #parameters: readonly Parameter[]
  readonly #slots: Map<string, Slot>
  #steps: number

  constructor(parts: LearnerParts, start: LearnerState) {
    this.#parts = parts
    this.#parameters = parametersOfAll(parts.plans)
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
    return new Map([...this.#slots].map(([name, { weight }]) => [name, weight]))
  }

  /** A copy on this side of the engine. */
  state(): LearnerState {
    const copy = (part: keyof Slot): NamedArrays =>
      new Map([...this.#slots].map(([name, slot]) => [name, slot[part].dataSync() as Float32Array]))
    return { steps: this.#steps, weights: copy('weight'), first: copy('first'), second: copy('second') }
  }

  /** Frees the tensors; call nothing afterwards. */
  dispose(): void {
    dispose([...this.#slots.values()].flatMap(({ weight, first, second }) => [weight, first, second]))
  }

  /**
   * One optimizer step on the mean gradient of the given batches.
   *
   * @param batches row numbers; several when gradients are accumulated
   * @returns mean loss of the batches, before the step
   * @throws {TrialFailure} LOSS_NOT_FINITE
   */
  step(batches: readonly Int32Array[], options: StepOptions): number {
    let loss = 0
    let gradients: Tensor[] = []
    for (const rows_B of batches) {
      const part = this.#gradients(rows_B, options.random)
      loss += part.loss / batches.length
      gradients = sumOf(gradients, part.gradients)
    }
    if (!Number.isFinite(loss)) {
      throw new TrialFailure(`The training loss became ${loss} in step ${this.#steps + 1}. The trial ended there.`, {
        code: 'LOSS_NOT_FINITE',
        suggestions: ['Use a smaller learning_rate, or a max_grad_norm of 1.'],
      })
    }
    this.#apply(gradients, { scale: 1 / batches.length, learningRate: options.learningRate })
    return loss
  }

  #gradients(rows_B: Int32Array, random: BulkRandom): { loss: number; gradients: Tensor[] } {
    const { features, plans, settings } = this.#parts
    const names = this.#parameters.map(({ name }) => name)
    const dropout = settings.dropout > 0 ? (size: number) => random.dropoutMask(size, settings.dropout) : undefined
    const lossAt = (...weights: Tensor[]): Scalar => {
      const x = features.batch(rows_B)
      const byName = new Map(names.map((name, i) => [name, weights[i] as Tensor]))
      const losses = plans.map((plan) => {
        const logits = logitsOf(plan.head, byName, dropout ? { x, dropout } : { x })
        const target = targetOf(
          Int32Array.from(rows_B, (row) => plan.labels_N[row] as number),
          plan.classWeights,
        )
        return mul(focalLoss(logits, target, plan.loss), plan.taskWeight)
      })
      return losses.reduce((a, b) => add(a, b)) as Scalar
    }
    const weights = [...this.#slots.values()].map(({ weight }) => weight)
    const { value, grads } = valueAndGrads(lossAt)(weights)
    const loss = value.dataSync()[0] as number
    value.dispose()
    return { loss, gradients: grads }
  }

  /** Disposes the gradients. */
  #apply(gradients: Tensor[], options: { scale: number; learningRate: number }): void {
    const { weightDecay, adamEpsilon, maxGradNorm } = this.#parts.settings
    const factor = options.scale * clipFactor(globalNorm(gradients) * options.scale, maxGradNorm)
    this.#steps++
    for (const [i, parameter] of this.#parameters.entries()) {
      const raw = gradients[i] as Tensor
      const gradient = mul(raw, factor)
      raw.dispose()
      const slot = this.#slots.get(parameter.name) as Slot
      const decay = parameter.decays ? weightDecay : 0
      const at = { learningRate: options.learningRate, weightDecay: decay, epsilon: adamEpsilon }
      this.#slots.set(parameter.name, adamW(slot, gradient, { ...at, step: this.#steps }))
      gradient.dispose()
    }
  }
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
