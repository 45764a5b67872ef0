import { bytes, counted } from '../base/human-readable.ts'
import { capacityOf } from '../gpus/packing-room.ts'
import type { Gpu, SlotPool } from '../gpus/slot.ts'
import type { Params } from '../space/domain.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { gpuNeeds } from './gpu-needs.ts'
import type { Workspace } from './workspace.ts'

/** How the trials of a sweep will share GPUs, before any has run. */
export interface Sharing {
  /** Trials at a time that the memory of the GPUs has room for; undefined = memory does not decide. */
  readonly atATime?: number
  readonly notes: readonly string[]
}

/** @param first params of the first trials, the fixed ones included */
export function expectedSharing(
  { workspace, spec, pool }: { readonly workspace: Workspace; readonly spec: SweepSpec; readonly pool: SlotPool },
  first: readonly Params[],
): Sharing {
  const gpus = gpusOf(pool)
  const { resources } = spec
  if (gpus.length === 0 || resources.gpus !== 'auto') return { notes: [] }
  if (pool.memory === undefined && resources.gpuMemoryBytes === undefined) {
    return { notes: ['One trial a GPU: how much memory of GPUs is in use cannot be seen here.'] }
  }
  const most = resources.mostPerGpu ?? Math.max(1, Math.ceil(pool.slots.length / gpus.length))
  const needs = gpuNeeds(workspace, { id: '', spec })
  const known = first.map((params) => needs.of(params).memoryBytes)
  const need = Math.max(...known.map((known) => known ?? Number.POSITIVE_INFINITY))
  if (!Number.isFinite(need) || need <= 0) {
    const text = `How much GPU memory a trial needs is not known yet: the first ones get a GPU each, later ones share while they fit, ${most} on one at most.`
    return { atATime: gpus.length, notes: [text] }
  }
  const each = gpus.map((gpu) => Math.max(1, Math.min(most, Math.floor(capacityOf(gpu.memoryBytes) / need))))
  const whence = resources.gpuMemoryBytes === undefined ? 'by what earlier ones needed' : 'by gpu_memory'
  const text = `Trials share GPUs ${whence}: ${bytes(need)} are set aside for each, so ${counted(Math.max(...each), 'trial')} on one at a time.`
  return { atATime: each.reduce((sum, n) => sum + n, 0), notes: [text] }
}

function gpusOf({ slots }: SlotPool): Gpu[] {
  const all = new Map(slots.flatMap((slot) => slot.gpus.map(({ gpu }) => [gpu.uuid, gpu] as const)))
  return [...all.values()]
}
