// Key: D features, H hidden width, C classes of the head.
import { rngFor } from '../../base/rng.ts'
import { bulkRandom } from '../bulk-random.ts'
import type { Tensor } from '../engine/tf.ts'

/** The shape of one task's head: `layers` hidden layers, then the output layer. */
export interface HeadShape {
  readonly task: string
  /** D */
  readonly width: number
  /** H */
  readonly hidden: number
  /** 0 = a linear head. */
  readonly layers: number
  /** C */
  readonly classes: number
}

/** One weight matrix or bias vector. */
export interface Parameter {
  /** `<task>.hidden.<layer>.weight`, `<task>.output.bias` and so on. */
  readonly name: string
  readonly shape: readonly number[]
  /** Initial values are uniform between -bound and bound. */
  readonly bound: number
  /** Biases are not shrunk by weight decay: it would only move the decision boundary. */
  readonly decays: boolean
  /** What kind of learning rate it has: heads start from nothing, a body may be finished already. */
  readonly group: 'body' | 'head' | 'loss'
  /** Layers between it and the heads: 0 for the heads, 1 for the last layer of a body, more for those below. */
  readonly depth: number
  /** False for what stays as it starts: no gradient is computed, and no checkpoint holds it. */
  readonly trains: boolean
}

/** Tensors by parameter name. Whoever made the map disposes them. */
export type Weights = ReadonlyMap<string, Tensor>

/** Values on this side of the engine. */
export type NamedArrays = ReadonlyMap<string, Float32Array>

const ofHeads = { group: 'head', depth: 0, trains: true } as const

/** Uniform with variance 1 / inputs, twice that before a ReLU, which halves it. @source He et al. 2015, eq. 10 */
function dense(name: string, sizes: readonly [inputs: number, outputs: number], gain: number): Parameter[] {
  return [
    { ...ofHeads, name: `${name}.weight`, shape: sizes, bound: Math.sqrt((3 * gain) / sizes[0]), decays: true },
    { ...ofHeads, name: `${name}.bias`, shape: [sizes[1]], bound: 0, decays: false },
  ]
}

/** All parameters of a head, in the order in which the data passes them. */
export function parametersOf(head: HeadShape): Parameter[] {
  const { task, width, hidden, layers, classes } = head
  const inputs = (layer: number) => (layer === 0 ? width : hidden)
  return [
    ...Array.from({ length: layers }, (_, l) => dense(`${task}.hidden.${l}`, [inputs(l), hidden], 2)).flat(),
    ...dense(`${task}.output`, [inputs(layers), classes], 1),
  ]
}

export const sizeOf = (parameter: Parameter): number => parameter.shape.reduce((size, side) => size * side, 1)

/** Each parameter has a stream of its own, so a change to one head leaves the start of the others as it was. */
export function initialValues(parameters: readonly Parameter[], seed: number): NamedArrays {
  return new Map(
    parameters.map((parameter) => {
      const values = new Float32Array(sizeOf(parameter))
      if (parameter.bound > 0) {
        const random = bulkRandom(rngFor(seed, 'initial weights', parameter.name))
        for (let i = 0; i < values.length; i++) values[i] = random.symmetric() * parameter.bound
      }
      return [parameter.name, values]
    }),
  )
}
