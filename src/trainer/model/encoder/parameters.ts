// Key: E width, F inner width of the feed-forward part.
import type { Parameter } from '../parameters.ts'
import type { Architecture } from './architecture.ts'

/** How many layers learn, counted from the top; the embeddings only with `all`. */
export type Unfrozen = number | 'all'

type Place = Pick<Parameter, 'group' | 'depth' | 'trains' | 'bound'>

const dense = (name: string, [inputs, outputs]: readonly [number, number], at: Place): Parameter[] => [
  { name: `${name}.weight`, shape: [inputs, outputs], decays: true, ...at },
  { name: `${name}.bias`, shape: [outputs], decays: false, ...at },
]

const norm = (name: string, width: number, at: Place): Parameter[] => [
  { name: `${name}.weight`, shape: [width], decays: false, ...at },
  { name: `${name}.bias`, shape: [width], decays: false, ...at },
]

/** Where the names of one layer begin. */
export const layerName = (layer: number): string => `encoder.layer.${layer}`

/** The lowest layer that learns; as many as there are layers when none does. */
export const firstUnfrozen = ({ layers }: Architecture, unfrozen: Unfrozen): number =>
  unfrozen === 'all' ? 0 : Math.max(0, layers - unfrozen)

/** The tables in which tokens, their positions and kinds are looked up, and the norm over their sum. */
export function embeddingParameters(architecture: Architecture, unfrozen: Unfrozen = 'all'): Parameter[] {
  const { vocabulary, positions, tokenTypes, width, layers } = architecture
  const at: Place = { group: 'body', depth: layers + 1, trains: unfrozen === 'all', bound: 0 }
  const table = (name: string, rows: number): Parameter => {
    return { name: `encoder.embeddings.${name}`, shape: [rows, width], decays: true, ...at }
  }
  return [
    table('words', vocabulary),
    table('positions', positions),
    ...(tokenTypes > 0 ? [table('types', tokenTypes)] : []),
    ...norm('encoder.embeddings.norm', width, at),
  ]
}

/** @param layer 0 for the lowest */
export function layerParameters(architecture: Architecture, layer: number, unfrozen: Unfrozen = 'all'): Parameter[] {
  const { width, inner, layers } = architecture
  const name = layerName(layer)
  const trains = layer >= firstUnfrozen(architecture, unfrozen)
  const at: Place = { group: 'body', depth: layers - layer, trains, bound: 0 }
  return [
    ...['query', 'key', 'value', 'output'].flatMap((part) => dense(`${name}.attention.${part}`, [width, width], at)),
    ...norm(`${name}.attention.norm`, width, at),
    ...dense(`${name}.feed_forward.inner`, [width, inner], at),
    ...dense(`${name}.feed_forward.output`, [inner, width], at),
    ...norm(`${name}.feed_forward.norm`, width, at),
  ]
}

/** All parameters, in the order in which the data passes them. There is no pooler: heads pool by themselves. */
export function encoderParameters(architecture: Architecture, unfrozen: Unfrozen = 'all'): Parameter[] {
  const layers = Array.from({ length: architecture.layers }, (_, l) => layerParameters(architecture, l, unfrozen))
  return [...embeddingParameters(architecture, unfrozen), ...layers.flat()]
}
