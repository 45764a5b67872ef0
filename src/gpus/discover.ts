import { type Asked, askTool as ask } from './ask-tool.ts'
import type { Gpu } from './slot.ts'
import { NVIDIA_FIELDS, parseNvidiaCsv, parseNvidiaList, parseRocmJson, type SmiAnswer } from './smi-output.ts'
import { visibleGpus } from './visible.ts'

export interface DiscoverOptions {
  /** Searched for the tools, and for the variables that hide GPUs. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Milliseconds that a tool may take; a driver in trouble lets it hang for ever. @default 10000 */
  readonly timeoutMs?: number
}

const NOTHING: SmiAnswer = { gpus: [], problems: [] }

/**
 * The GPUs of this machine that our environment lets us use. Never throws: a tool that fails or hangs is a problem to
 * be told, and the machine then counts as one without GPUs. A tool that is not installed is no problem.
 */
export async function discoverGpus(options: DiscoverOptions = {}): Promise<SmiAnswer> {
  const asked = { env: options.env ?? process.env, timeoutMs: options.timeoutMs ?? 10_000 }
  const answers = await Promise.all([nvidia(asked), amd(asked)])
  const all = answers.flatMap((answer) => answer.gpus)
  const problems = [...answers.flatMap((answer) => answer.problems), ...orderProblem(all, asked.env)]
  return { gpus: visibleGpus(all, asked.env), problems }
}

async function nvidia(asked: Asked): Promise<SmiAnswer> {
  const query = (fields: readonly string[]) =>
    ask('nvidia-smi', [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'], asked)
  let said = await query(NVIDIA_FIELDS)
  // Drivers that do not know MIG refuse the whole question.
  if (said.problem?.includes('not a valid field')) said = await query(NVIDIA_FIELDS.slice(0, -1))
  if (said.problem !== undefined) return { gpus: [], problems: [said.problem] }
  const { gpus, migParents, problems } = parseNvidiaCsv(said.text)
  if (migParents.length === 0) return { gpus, problems }
  const list = await ask('nvidia-smi', ['-L'], asked)
  const parts = parseNvidiaList(list.text, migParents)
  return { gpus: [...gpus, ...parts.gpus].sort(byPlace), problems: [...problems, ...parts.problems] }
}

function byPlace(a: Gpu, b: Gpu): number {
  return a.index - b.index || (a.instance ?? 0) - (b.instance ?? 0)
}

async function amd(asked: Asked): Promise<SmiAnswer> {
  const flags = ['--showuniqueid', '--showproductname', '--showmeminfo', 'vram', '--json']
  const { text, problem } = await ask('rocm-smi', flags, asked)
  if (problem !== undefined) return { gpus: [], problems: [problem] }
  return text.trim() === '' ? NOTHING : parseRocmJson(text)
}

/** Numbers mean places in another order to CUDA than to nvidia-smi, unless told otherwise or all models are alike. */
function orderProblem(gpus: readonly Gpu[], env: Asked['env']): string[] {
  const numbers = /^\s*\d/.test(env.CUDA_VISIBLE_DEVICES ?? '')
  const models = new Set(gpus.filter((gpu) => gpu.vendor === 'nvidia').map((gpu) => gpu.model))
  if (!numbers || models.size < 2 || env.CUDA_DEVICE_ORDER === 'PCI_BUS_ID') return []
  return [
    `CUDA_VISIBLE_DEVICES=${env.CUDA_VISIBLE_DEVICES} is read in the order of nvidia-smi, which may differ from CUDA's ` +
      'own on this machine with several models. Name GPUs by UUID, or set CUDA_DEVICE_ORDER=PCI_BUS_ID.',
  ]
}
