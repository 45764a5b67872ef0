import { type Tensor, tensor } from '../engine/tf.ts'
import type { Body } from '../model/body.ts'
import { initialValues, type NamedArrays, type Parameter, parametersOf } from '../model/parameters.ts'
import type { Settings } from '../settings.ts'
import type { TaskPlan } from './plan.ts'
import { logVariance } from './task-weighting.ts'

/** Everything that training changes, on this side of the engine. */
export interface LearnerState {
  /** Optimizer steps done. */
  readonly steps: number
  /** Of the parameters that train. */
  readonly weights: NamedArrays
  /** Running means of AdamW, by parameter name. */
  readonly first: NamedArrays
  readonly second: NamedArrays
  /** Running mean of the model's weights, where one is kept: what is judged and saved. */
  readonly average?: NamedArrays
  /** Steps that a parameter did not take part in, where its task began later. */
  readonly idle: ReadonlyMap<string, number>
}

/** A body and the heads on it, whatever they are trained for. */
export interface ModelParts {
  readonly body: Body
  readonly plans: readonly Pick<TaskPlan, 'head'>[]
}

export interface LearnerParts {
  /** Makes features of the rows that the batches name. */
  readonly body: Body
  readonly plans: readonly TaskPlan[]
  readonly settings: Settings
}

/** What a model of this body and these tasks consists of, from the bottom up. */
export function parametersOfAll({ body, plans }: ModelParts): Parameter[] {
  return [...body.parameters, ...plans.flatMap((plan) => parametersOf(plan.head))]
}

/** What training changes: the model's parameters that train, then those of the loss. */
export function trainedParameters(parts: LearnerParts): Parameter[] {
  const learned = parts.settings.taskWeighting === 'uncertainty' ? parts.plans.map(({ name }) => logVariance(name)) : []
  return [...parametersOfAll(parts).filter(({ trains }) => trains), ...learned]
}

/** The start of a training from nothing: heads are drawn, a body begins with what it brings along. */
export function startOf(parts: LearnerParts, seed: number): LearnerState {
  const trained = trainedParameters(parts)
  const given = parts.body.start ?? new Map<string, Float32Array>()
  const drawn = initialValues(
    trained.filter(({ name }) => !given.has(name)),
    seed,
  )
  const weights = new Map(trained.map(({ name }) => [name, (given.get(name) ?? drawn.get(name)) as Float32Array]))
  const zeros = () => new Map([...weights].map(([name, values]) => [name, new Float32Array(values.length)]))
  const state = { steps: 0, weights, first: zeros(), second: zeros(), idle: new Map() }
  return parts.settings.emaDecay > 0 ? { ...state, average: judgedArrays(state, parts) } : state
}

/** The weights that are judged and saved: the averaged ones where there are some, and nothing that only the loss has. */
export function judgedArrays({ average, weights }: LearnerState, parts: ModelParts): NamedArrays {
  if (average) return average
  const trained = parametersOfAll(parts).filter(({ trains }) => trains)
  return new Map(trained.map(({ name }) => [name, weights.get(name) as Float32Array]))
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
