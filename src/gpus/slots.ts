import { EnvironmentError, UserError } from '../base/errors.ts'
import { counted } from '../base/human-readable.ts'
import type { Gpu, Slot } from './slot.ts'

/** What one trial needs; the same as in the sweep's spec. */
export interface Resources {
  /** Devices a trial; 0.5 = two trials share one; `auto` = one where there are GPUs, otherwise none. */
  readonly gpus: number | 'auto'
  /** Cores a trial. */
  readonly cpus: number
  /** Memory that a trial needs on each of its GPUs. @default learned from earlier trials */
  readonly gpuMemoryBytes?: number
  /** Trials on one GPU at most. @default 4 */
  readonly mostPerGpu?: number
  /** GPUs by place or (the beginning of) UUID, best first. */
  readonly prefer?: readonly string[]
  /** Leave GPUs alone on which other people compute. @default false */
  readonly polite?: boolean
}

/** What there is to make slots from. */
export interface Supply {
  readonly gpus: readonly Gpu[]
  readonly cores: number
  /** Why there may be fewer than expected: `CUDA_VISIBLE_DEVICES=0`, what nvidia-smi said. */
  readonly because?: string
}

/**
 * Every slot of the machine, for a sweep that is alone on it.
 *
 * @throws {EnvironmentError} SLOTS_TOO_FEW when not even one trial fits
 * @throws {UserError} GPUS_FRACTION for 1.5 GPUs and the like
 */
export function slotsOf(supply: Supply, { gpus, cpus }: Resources): Slot[] {
  const each = gpus === 'auto' ? Math.min(1, supply.gpus.length) : gpus
  if (each === 0) return coreSlots(supply, Math.max(1, Math.ceil(cpus)))
  if (each < 0 || !Number.isFinite(each) || (each > 1 && !Number.isInteger(each))) {
    throw new UserError(`Each trial asks for ${each} GPUs, but a trial takes whole GPUs or a share of one.`, {
      code: 'GPUS_FRACTION',
      suggestions: ['resources: { gpus: 0.5 }', 'resources: { gpus: 2 }'],
    })
  }
  if (supply.gpus.length < each) throw tooFewGpus(supply, each)
  return each < 1 ? shareSlots(supply.gpus, { share: each, cpus }) : wholeSlots(supply.gpus, { each, cpus })
}

function tooFewGpus({ gpus, because }: Supply, each: number): EnvironmentError {
  const seen = `${gpus.length}${because === undefined || because === '' ? '' : ` (${because})`}`
  const fewer = gpus.length === 0 ? 'resources: { gpus: 0 }' : `resources: { gpus: ${gpus.length} }`
  return new EnvironmentError(
    `Each trial asks for ${counted(each, 'GPU')}, but this machine shows ${seen}. No trial was started.`,
    { code: 'SLOTS_TOO_FEW', suggestions: [fewer, 'sweep gpus'] },
  )
}

/** Room for rounding: three trials of 0.333333 share one GPU. */
const ROUNDING = 1e-3

function shareSlots(gpus: readonly Gpu[], { share, cpus }: { share: number; cpus: number }): Slot[] {
  const shares = Math.floor(1 / share + ROUNDING)
  return gpus.flatMap((gpu) =>
    Array.from({ length: shares }, (_, i) => ({
      id: `${gpuName(gpu)}.${i}`,
      gpus: [{ gpu, share: 1 / shares }],
      cpus,
    })),
  )
}

/** Trials on one GPU at most, when nobody has said. */
export const MOST_PER_GPU = 4

/**
 * Places for trials that share GPUs by the memory they need: first one on each, then another one on each. When nobody
 * has said how many there may be on one: as many as the cores allow, but one a GPU at least.
 *
 * @param most on one GPU
 */
export function sharedSlots({ gpus, cores }: Supply, { cpus, most }: { cpus: number; most?: number }): Slot[] {
  const each = most ?? MOST_PER_GPU
  const places = Array.from({ length: each }, (_, i) =>
    gpus.map((gpu) => ({ id: `${gpuName(gpu)}.${i}`, gpus: [{ gpu, share: 1 / each }], cpus })),
  )
  const byCores = Math.max(gpus.length, Math.floor(cores / Math.max(1, cpus)))
  return places.flat().slice(0, most === undefined ? byCores : undefined)
}

function wholeSlots(gpus: readonly Gpu[], { each, cpus }: { each: number; cpus: number }): Slot[] {
  return Array.from({ length: Math.floor(gpus.length / each) }, (_, i) => {
    const own = gpus.slice(i * each, (i + 1) * each)
    return { id: own.map(gpuName).join('+'), gpus: own.map((gpu) => ({ gpu, share: 1 })), cpus }
  })
}

/** `gpu0`, and `gpu0m1` for the MIG device 1 of it. */
export function gpuName(gpu: Gpu): string {
  return `gpu${gpu.index}${gpu.instance === undefined ? '' : `m${gpu.instance}`}`
}

function coreSlots({ cores }: Supply, cpus: number): Slot[] {
  if (cores < cpus) {
    throw new EnvironmentError(
      `Each trial asks for ${counted(cpus, 'core')}, but this machine shows ${cores}. No trial was started.`,
      { code: 'SLOTS_TOO_FEW', suggestions: [`resources: { cpus: ${cores} }`] },
    )
  }
  return Array.from({ length: Math.floor(cores / cpus) }, (_, i) => ({ id: `cpu${i}`, gpus: [], cpus }))
}

/**
 * What a slot takes of the machine, unit by unit: shares of GPUs, or whole cores. A slot with GPUs takes no cores: the
 * trials of another sweep on the cores must not keep a GPU idle.
 */
export function claimsOf(slot: Slot): Record<string, number> {
  if (slot.gpus.length > 0) return Object.fromEntries(slot.gpus.map(({ gpu, share }) => [gpu.uuid, share]))
  const first = Number(slot.id.slice('cpu'.length)) * slot.cpus
  return Object.fromEntries(Array.from({ length: slot.cpus }, (_, i) => [`core:${first + i}`, 1]))
}
