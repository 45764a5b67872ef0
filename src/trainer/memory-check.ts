import { EnvironmentError } from '../base/errors.ts'
import { bytes } from '../base/human-readable.ts'
import type { Engine } from './engine/engine.ts'
import type { Body } from './model/body.ts'
import type { Architecture } from './model/encoder/architecture.ts'
import { stepMemory } from './model/encoder/memory-estimate.ts'
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
export function refuseWhatCannotFit({ body, settings }: Fitting, { name }: Pick<Engine, 'name'>): void {
  const needed = body.stepMemory?.(rowsAtOnce(settings)) ?? 0
  if (name === 'wasm' && needed > WASM_HEAP) throw tooLarge(needed, settings)
}

interface Fitting {
  readonly body: Pick<Body, 'stepMemory'>
  readonly settings: Settings
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
