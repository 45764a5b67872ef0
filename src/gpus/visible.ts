import type { Gpu } from './slot.ts'

/**
 * The GPUs that the environment lets us see, in its order; all when it says nothing.
 *
 * CUDA_VISIBLE_DEVICES for NVIDIA; for AMD first ROCR_VISIBLE_DEVICES, then HIP_VISIBLE_DEVICES, which counts among
 * what is left. Entries are places in the list, or UUIDs, or their beginnings; as in CUDA, an entry that names nothing
 * ends the list, so that `""` and `-1` hide everything.
 */
export function visibleGpus(gpus: readonly Gpu[], env: Readonly<Record<string, string | undefined>>): Gpu[] {
  const nvidia = gpus.filter((gpu) => gpu.vendor === 'nvidia')
  const amd = gpus.filter((gpu) => gpu.vendor === 'amd')
  const rocr = pick(amd, env.ROCR_VISIBLE_DEVICES, (gpu) => gpu.index)
  return [
    ...pick(nvidia, env.CUDA_VISIBLE_DEVICES, (gpu) => (gpu.instance === undefined ? gpu.index : undefined)),
    ...pick(rocr, env.HIP_VISIBLE_DEVICES, (_gpu, place) => place),
  ]
}

function pick(
  gpus: readonly Gpu[],
  list: string | undefined,
  placeOf: (gpu: Gpu, place: number) => number | undefined,
): Gpu[] {
  if (list === undefined) return [...gpus]
  const picked: Gpu[] = []
  for (const item of list.split(',').map((part) => part.trim())) {
    const gpu = gpus.find((candidate, i) => isNamed(candidate, item, placeOf(candidate, i)))
    if (gpu === undefined || picked.includes(gpu)) break
    picked.push(gpu)
  }
  return picked
}

function isNamed(gpu: Gpu, item: string, place: number | undefined): boolean {
  return /^\d+$/.test(item) ? place === Number(item) : item.length > 4 && gpu.uuid.startsWith(item)
}

/** The variables that narrow what we see, as typed: `CUDA_VISIBLE_DEVICES=0`; empty when none is set. */
export function visibilityInWords(env: Readonly<Record<string, string | undefined>>): string {
  return ['CUDA_VISIBLE_DEVICES', 'ROCR_VISIBLE_DEVICES', 'HIP_VISIBLE_DEVICES']
    .filter((name) => env[name] !== undefined)
    .map((name) => `${name}=${env[name]}`)
    .join(' ')
}
