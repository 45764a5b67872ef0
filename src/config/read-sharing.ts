import type { ResourceSpec } from '../trial/sweep-spec.ts'
import { readBoolean, readItems, readNumber, readWord } from './fields.ts'
import type { Findings } from './findings.ts'
import { entryOf, type Located, type LocatedMap } from './located.ts'
import { readSize } from './read-disk.ts'

/** Keys of `resources:` that say how trials share GPUs. */
export const SHARING_KEYS = ['gpu_memory', 'most_per_gpu', 'prefer', 'polite'] as const

type Sharing = Pick<ResourceSpec, 'gpuMemoryBytes' | 'mostPerGpu' | 'prefer' | 'polite'>

/** `resources: { gpu_memory: auto | 10GiB, most_per_gpu: 4, prefer: [1, 0], polite: true }` */
export function readSharing(map: LocatedMap, findings: Findings): Sharing {
  const gpuMemoryBytes = readMemory(entryOf(map, 'gpu_memory'), findings)
  const mostPerGpu = readNumber(entryOf(map, 'most_per_gpu'), findings, { min: 1, whole: true })
  const prefer = readItems(entryOf(map, 'prefer')).flatMap((item) => readWord(item, findings) ?? [])
  const polite = readBoolean(entryOf(map, 'polite'), findings)
  return {
    ...(gpuMemoryBytes === undefined ? {} : { gpuMemoryBytes }),
    ...(mostPerGpu === undefined ? {} : { mostPerGpu }),
    ...(prefer.length === 0 ? {} : { prefer }),
    ...(polite === undefined ? {} : { polite }),
  }
}

function readMemory(node: Located | undefined, findings: Findings): number | undefined {
  if (node?.kind === 'scalar' && node.value === 'auto') return undefined
  return readSize(node, findings, 'gpu_memory: 10GiB')
}
