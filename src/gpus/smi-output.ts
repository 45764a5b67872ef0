import type { Gpu } from './slot.ts'

/** What one of the vendors' tools said: the GPUs that can be used, and what is wrong with others. */
export interface SmiAnswer {
  readonly gpus: readonly Gpu[]
  /** Sentences for `sweep doctor`. */
  readonly problems: readonly string[]
}

/** Columns of {@link parseNvidiaCsv}, in this order. Drivers before 450 do not know the last one. */
export const NVIDIA_FIELDS = ['index', 'uuid', 'memory.total', 'memory.used', 'name', 'mig.mode.current'] as const

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/**
 * Reads `nvidia-smi --query-gpu=... --format=csv,noheader,nounits`.
 * `migParents` are those in MIG mode: programs cannot use them as a whole, only the devices that `nvidia-smi -L` lists.
 */
export function parseNvidiaCsv(text: string): SmiAnswer & { readonly migParents: readonly Gpu[] } {
  const gpus: Gpu[] = []
  const migParents: Gpu[] = []
  const problems: string[] = []
  for (const line of text.split('\n').filter((l) => l.trim() !== '')) {
    const [index = '', uuid = '', total = '', used = '', model = '', mig] = line.split(',').map((f) => f.trim())
    if (!/^\d+$/.test(index) || !uuid.startsWith('GPU-')) {
      problems.push(`nvidia-smi lists a GPU that does not answer: "${line.trim()}". It is not used.`)
      continue
    }
    const gpu = {
      vendor: 'nvidia' as const,
      uuid,
      index: Number(index),
      model,
      memoryBytes: mebibytes(total),
      memoryUsedBytes: mebibytes(used),
    }
    if (mig === 'Enabled') migParents.push(gpu)
    else gpus.push(gpu)
  }
  return { gpus, migParents, problems }
}

/** `[N/A]` (unified memory), `[Not Supported]`, `[Unknown Error]` and the like are 0 = not known. */
export function mebibytes(field: string): number {
  return /^\d+(\.\d+)?$/.test(field) ? Number(field) * MIB : 0
}

/** Reads the MIG devices out of `nvidia-smi -L`; a parent without devices is a problem, not an error. */
export function parseNvidiaList(text: string, parents: readonly Gpu[]): SmiAnswer {
  const gpus: Gpu[] = []
  let parent: Gpu | undefined
  for (const line of text.split('\n')) {
    const whole = /^GPU \d+:.*\(UUID: (GPU-[^)]+)\)/.exec(line)
    if (whole !== null) parent = parents.find((gpu) => gpu.uuid === whole[1])
    const part = /^\s+MIG (\S+)\s+Device\s+(\d+):\s+\(UUID: (MIG-[^)]+)\)/.exec(line)
    if (part === null || parent === undefined) continue
    const [, profile = '', instance, uuid = ''] = part
    const size = /\.(\d+)gb/.exec(profile)
    gpus.push({
      ...parent,
      uuid,
      instance: Number(instance),
      model: `${parent.model} MIG ${profile}`,
      memoryBytes: size === null ? 0 : Number(size[1]) * GIB,
      memoryUsedBytes: 0,
    })
  }
  const empty = parents.filter((p) => !gpus.some((gpu) => gpu.index === p.index))
  const problems = empty.map(
    (p) => `GPU ${p.index} (${p.model}) is in MIG mode but has no MIG device, so nothing can run on it.`,
  )
  return { gpus, problems }
}

/** Reads `rocm-smi --showuniqueid --showproductname --showmeminfo vram --json`; names of fields differ by release. */
export function parseRocmJson(text: string): SmiAnswer {
  const json = rocmObject(text)
  if (json === undefined) return { gpus: [], problems: [`rocm-smi answered what is not JSON: "${firstLine(text)}".`] }
  const cards = Object.entries(json).filter(([name]) => /^card\d+$/.test(name))
  const gpus = cards.map(([name, fields]) => {
    const index = Number(name.slice(4))
    const field = (...names: readonly string[]) => fieldOf(fields, names)
    return {
      vendor: 'amd' as const,
      uuid: uniqueId(field('unique id')) ?? String(index),
      index,
      model: field('card series', 'device name', 'card model') ?? 'AMD GPU',
      memoryBytes: Number(field('vram total memory (b)') ?? 0),
      memoryUsedBytes: Number(field('vram total used memory (b)') ?? 0),
    }
  })
  return { gpus: gpus.sort((a, b) => a.index - b.index), problems: [] }
}

/** Warnings may stand before the object. */
function rocmObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.slice(text.indexOf('{')))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function fieldOf(fields: unknown, names: readonly string[]): string | undefined {
  const lower = new Map(Object.entries(Object(fields)).map(([name, value]) => [name.toLowerCase(), String(value)]))
  return names.map((name) => lower.get(name)).find((value) => value !== undefined && !/^\W*n\/?a\W*$/i.test(value))
}

/** As ROCR_VISIBLE_DEVICES takes it: `GPU-` and 16 hexadecimal digits. Many consumer cards have none. */
function uniqueId(field: string | undefined): string | undefined {
  const hex = /^0x([0-9a-f]+)$/i.exec(field ?? '')?.[1]
  return hex === undefined || /^0+$/.test(hex) ? undefined : `GPU-${hex.toLowerCase().padStart(16, '0')}`
}

export function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}
