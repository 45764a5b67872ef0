import { type Asked, askTool } from './ask-tool.ts'
import type { Gpu } from './slot.ts'
import { mebibytes, parseRocmJson } from './smi-output.ts'

/** A process that has memory of a GPU. Inside containers the vendors' tools often list none. */
export interface GpuProcess {
  /** UUID */
  readonly gpu: string
  /** As the tool knows it; inside a container that may be a number of the host. */
  readonly pid: number
  /** undefined = the driver does not say. */
  readonly bytes?: number
  /** What the tool calls it. */
  readonly name: string
}

/** The memory of all GPUs at one moment. */
export interface MemoryLook {
  /** performance.now() when the tool was asked: what happened before is in it. */
  readonly at: number
  /** Milliseconds that the tool took. */
  readonly took: number
  /** Bytes in use by anybody, by UUID; a GPU whose memory cannot be seen is missing. */
  readonly used: ReadonlyMap<string, number>
  readonly processes: readonly GpuProcess[]
  /** Why nothing could be seen, as a sentence. */
  readonly problem?: string
}

/** Memory is watched where the tools tell how much of it is in use; they do not for MIG devices. */
export function hasVisibleMemory(gpu: Gpu): boolean {
  return gpu.memoryBytes > 0 && gpu.instance === undefined
}

/** Asks the tools once for all GPUs. Never throws. Takes as long as the driver takes: 20 ms to over a second. */
export async function lookAtMemory(gpus: readonly Gpu[], asked: Asked): Promise<MemoryLook> {
  const at = performance.now()
  const vendors = new Set(gpus.map(({ vendor }) => vendor))
  const looks = [
    ...(vendors.has('nvidia') ? [await lookAtNvidia(asked)] : []),
    ...(vendors.has('amd') ? [await lookAtAmd(asked)] : []),
  ]
  const problem = looks.map((look) => look.problem).find((text) => text !== undefined)
  return {
    at,
    took: performance.now() - at,
    used: new Map(looks.flatMap((look) => look.used)),
    processes: looks.flatMap((look) => look.processes),
    ...(problem === undefined ? {} : { problem }),
  }
}

interface VendorLook {
  readonly used: readonly (readonly [uuid: string, bytes: number])[]
  readonly processes: readonly GpuProcess[]
  readonly problem: string | undefined
}

const CSV = '--format=csv,noheader,nounits'

/** One question after the other: two at a time keep each other waiting in the driver. */
async function lookAtNvidia(asked: Asked): Promise<VendorLook> {
  const apps = await askTool('nvidia-smi', ['--query-compute-apps=gpu_uuid,pid,used_memory,process_name', CSV], asked)
  if (apps.problem !== undefined) return { used: [], processes: [], problem: apps.problem }
  const gpus = await askTool('nvidia-smi', ['--query-gpu=uuid,memory.used', CSV], asked)
  return { used: parseUsed(gpus.text), processes: parseApps(apps.text), problem: gpus.problem }
}

/** Processes are not asked for: rocm-smi lists them without the card they are on. */
async function lookAtAmd(asked: Asked): Promise<VendorLook> {
  const said = await askTool('rocm-smi', ['--showuniqueid', '--showmeminfo', 'vram', '--json'], asked)
  const { gpus } = said.text.trim() === '' ? { gpus: [] } : parseRocmJson(said.text)
  return { used: gpus.map((gpu) => [gpu.uuid, gpu.memoryUsedBytes]), processes: [], problem: said.problem }
}

function parseUsed(text: string): [string, number][] {
  return text.split('\n').flatMap((line) => {
    const [uuid = '', used = ''] = line.split(',').map((field) => field.trim())
    return /^\d+$/.test(used) ? [[uuid, mebibytes(used)] as [string, number]] : []
  })
}

/** Reads `nvidia-smi --query-compute-apps=gpu_uuid,pid,used_memory,process_name`; a name may hold commas. */
export function parseApps(text: string): GpuProcess[] {
  return text.split('\n').flatMap((line) => {
    const [gpu = '', pid = '', used = '', ...name] = line.split(',').map((field) => field.trim())
    if (!/^\d+$/.test(pid)) return []
    const bytes = /^\d+$/.test(used) ? { bytes: mebibytes(used) } : {}
    return [{ gpu, pid: Number(pid), ...bytes, name: name.join(', ') }]
  })
}
