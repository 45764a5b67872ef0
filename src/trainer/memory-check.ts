import { totalmem } from 'node:os'
import { EnvironmentError } from '../base/errors.ts'
import { bytes } from '../base/human-readable.ts'
import type { Engine } from './engine/engine.ts'
import type { Body } from './model/body.ts'
import type { Architecture } from './model/encoder/architecture.ts'
import { stepMemory } from './model/encoder/memory-estimate.ts'
import { headsMemory, keptMemory } from './model/heads-memory.ts'
import type { HeadShape } from './model/parameters.ts'
import type { Settings } from './settings.ts'

/** Where the heap of WebAssembly ends, whatever memory the machine has. */
export const WASM_HEAP = 2 ** 32

/** Bytes of a training step with these settings, and of texts as long as they may be. */
export function memoryOfFineTuning(architecture: Architecture, settings: Settings, longest: number): number {
  return stepMemory({
    architecture,
    unfrozen: settings.unfreezeLayers,
    recompute: settings.gradientCheckpointing,
    rows: rowsAtOnce(settings),
    length: Math.min(longest, settings.maxLength),
  })
}

/** What makes a step smaller, the mildest first. */
export function smallerSteps(settings: Settings): string[] {
  return [
    ...(settings.gradientCheckpointing ? [] : ['gradient_checkpointing: true']),
    ...(settings.unfreezeLayers === 'all' ? ['unfreeze_layers: 2, so that the embeddings stay as they are'] : []),
    'a smaller batch_size with more gradient_accumulation, or a smaller max_length',
    'backend: webgpu or tensorflow, which use the memory of the GPU or of the machine (sweep doctor says what works)',
  ]
}

/**
 * Refuses a training that cannot fit before it takes an hour to find that out.
 *
 * @throws {EnvironmentError} MEMORY_TOO_SMALL
 */
export function refuseWhatCannotFit(
  { body, plans, settings }: Fitting,
  { name }: Pick<Engine, 'name'>,
  available = availableMemory(),
): void {
  const rows = rowsAtOnce(settings)
  const heads = plans.map(({ head }) => head)
  const learned = body.stepMemory?.(rows) ?? 0
  const onTop = headsMemory(heads, rows, settings.emaDecay > 0)
  if (name === 'wasm' && learned > WASM_HEAP) throw tooLarge(learned, settings)
  if (name === 'wasm' && learned + onTop > WASM_HEAP) {
    throw headsTooLarge(onTop, `those of backend wasm end at ${bytes(WASM_HEAP)}`)
  }
  // What a GPU holds is not asked for here. The machine's memory is needed on this side of every engine.
  const onThisSide = keptMemory(heads) + (name === 'wasm' || name === 'tensorflow' ? learned + onTop : 0)
  if (onThisSide > available) throw headsTooLarge(onThisSide, `this machine has ${bytes(available)} free`)
}

/** Elsewhere than on Linux, what is called free leaves out what the system would give back at once. */
const availableMemory = () => (process.platform === 'linux' ? process.availableMemory() : totalmem())

interface Fitting {
  readonly body: Pick<Body, 'stepMemory'>
  readonly plans: readonly { readonly head: HeadShape }[]
  readonly settings: Settings
}

function headsTooLarge(needed: number, limit: string): EnvironmentError {
  return new EnvironmentError(`Training takes about ${bytes(needed)} of memory, and ${limit}. Nothing was trained.`, {
    code: 'MEMORY_TOO_SMALL',
    suggestions: ['a smaller hidden, layers, feature_width or batch_size', 'fewer trials at once on this machine'],
  })
}

/** R-Drop shows each row twice. */
const rowsAtOnce = ({ batchSize, rdropAlpha }: Settings) => batchSize * (rdropAlpha > 0 ? 2 : 1)

/** The refusal, also for those who know it beforehand. */
export function tooLarge(needed: number, settings: Settings): EnvironmentError {
  return new EnvironmentError(
    `A training step of ${settings.encoder} takes about ${bytes(needed)} of tensors, and those of backend wasm end at ` +
      `${bytes(WASM_HEAP)}. Nothing was trained.`,
    { code: 'MEMORY_TOO_SMALL', suggestions: smallerSteps(settings), ref: 'docs/fine-tuning.md' },
  )
}
