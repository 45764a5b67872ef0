// Key: D features, H hidden width, C classes of the head.
import { rngFor } from '../../base/rng.ts'
import { bulkRandom } from '../bulk-random.ts'
import type { Tensor } from '../engine/tf.ts'
import { activations } from './activations.ts'

/** The shape of one task's head: `layers` hidden layers, then the output layer. Plain JSON. */
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
  /** After each hidden layer. */
  readonly activation: keyof typeof activations
  /** Whether hidden layers are normalized before it. */
  readonly layerNorm: boolean
  /** Index of a class that a first head tells from the rest; a second head then tells the rest apart. */
  readonly cascade?: number
}

/** One weight matrix or bias vector. */
export interface Parameter {
  /** `<task>.hidden.<layer>.weight`, `<task>.output.bias` and so on. */
  readonly name: string
  readonly shape: readonly number[]
  /** Initial values are uniform between -bound and bound ... */
  readonly bound: number
  /** ... around this. @default 0 */
  readonly centre?: number
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

/** Uniform with variance gain / inputs. */
function dense(name: string, sizes: readonly [inputs: number, outputs: number], gain: number): Parameter[] {
  return [
    { ...ofHeads, name: `${name}.weight`, shape: sizes, bound: Math.sqrt((3 * gain) / sizes[0]), decays: true },
    { ...ofHeads, name: `${name}.bias`, shape: [sizes[1]], bound: 0, decays: false },
  ]
}

/** Scales and shifts of a layer normalization, which at first do nothing. */
function norm(name: string, width: number): Parameter[] {
  return [
    { ...ofHeads, name: `${name}.scale`, shape: [width], bound: 0, centre: 1, decays: false },
    { ...ofHeads, name: `${name}.shift`, shape: [width], bound: 0, decays: false },
  ]
}

/** The two heads of a cascade: the class against the rest, and the rest's classes. */
export function cascadeHeads(head: HeadShape): { readonly gate: HeadShape; readonly rest: HeadShape } {
  const { cascade: _, ...plain } = head
  return {
    gate: { ...plain, task: `${head.task}.gate`, classes: 2 },
    rest: { ...plain, task: `${head.task}.rest`, classes: head.classes - 1 },
  }
}

/** All parameters of a head, in the order in which the data passes them. */
export function parametersOf(head: HeadShape): Parameter[] {
  if (head.cascade !== undefined) {
    const { gate, rest } = cascadeHeads(head)
    return [...parametersOf(gate), ...parametersOf(rest)]
  }
  const { task, width, hidden, layers, classes } = head
  const inputs = (layer: number) => (layer === 0 ? width : hidden)
  const { gain } = activations[head.activation]
  const layer = (l: number) => [
    ...dense(`${task}.hidden.${l}`, [inputs(l), hidden], gain),
    ...(head.layerNorm ? norm(`${task}.norm.${l}`, hidden) : []),
  ]
  return [
    ...Array.from({ length: layers }, (_, l) => layer(l)).flat(),
    ...dense(`${task}.output`, [inputs(layers), classes], 1),
  ]
}

export const sizeOf = (parameter: Parameter): number => parameter.shape.reduce((size, side) => size * side, 1)

/** Each parameter has a stream of its own, so a change to one head leaves the start of the others as it was. */
export function initialValues(parameters: readonly Parameter[], seed: number): NamedArrays {
  return new Map(
    parameters.map((parameter) => {
      const values = new Float32Array(sizeOf(parameter)).fill(parameter.centre ?? 0)
      if (parameter.bound > 0) {
        const random = bulkRandom(rngFor(seed, 'initial weights', parameter.name))
        for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) + random.symmetric() * parameter.bound
      }
      return [parameter.name, values]
    }),
  )
}
