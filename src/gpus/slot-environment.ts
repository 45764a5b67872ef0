import type { Slot } from './slot.ts'

/** Libraries that start a thread for every core of the machine unless one of these says less. */
const THREAD_VARIABLES = [
  'OMP_NUM_THREADS',
  'MKL_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'BLIS_NUM_THREADS',
  'VECLIB_MAXIMUM_THREADS',
  'NUMEXPR_NUM_THREADS',
  'NUMEXPR_MAX_THREADS',
  'NUMBA_NUM_THREADS',
  'RAYON_NUM_THREADS',
  'POLARS_MAX_THREADS',
  'LOKY_MAX_CPU_COUNT',
  'TF_NUM_INTRAOP_THREADS',
  'TF_NUM_INTEROP_THREADS',
  'JULIA_NUM_THREADS',
  'GOMAXPROCS',
] as const

/**
 * What a process must be told so that it stays on its slot: its GPUs, and as many threads as it has cores.
 *
 * A slot without GPUs hides them all: nothing was leased, so another sweep's trial may be on any of them. Whoever knows
 * better sets the variables under `env:` in the sweep file, which wins.
 */
export function slotEnvironment(slot: Slot): Record<string, string> {
  const cores = String(Math.max(1, Math.floor(slot.cpus)))
  return { ...deviceVariables(slot), ...Object.fromEntries(THREAD_VARIABLES.map((name) => [name, cores])) }
}

function deviceVariables(slot: Slot): Record<string, string> {
  const uuids = slot.gpus.map(({ gpu }) => gpu.uuid).join(',')
  if (slot.gpus[0]?.gpu.vendor === 'amd') {
    // HIP counts among what ROCR leaves; both are set, so that an inherited one cannot point elsewhere.
    const places = slot.gpus.map((_, i) => i).join(',')
    return { ROCR_VISIBLE_DEVICES: uuids, HIP_VISIBLE_DEVICES: places, CUDA_VISIBLE_DEVICES: places }
  }
  // By UUID: numbers mean another order to CUDA than to nvidia-smi. An empty ROCR or HIP list may count as unset.
  return { CUDA_VISIBLE_DEVICES: uuids, ROCR_VISIBLE_DEVICES: '-1', HIP_VISIBLE_DEVICES: '-1' }
}
