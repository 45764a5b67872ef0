// Key: N texts, C classes of the task.
import { z } from 'zod'
import { UserError } from '../base/errors.ts'
import type { SafetensorsContent } from '../protocol/safetensors.ts'
import type { Task } from './dataset.ts'
import { dispose } from './engine/tf.ts'
import type { EncoderArray, EncoderListener, TextEncoder } from './features/encoder.ts'
import { encoderSource } from './features/index.ts'
import type { Body } from './model/body.ts'
import { featureRows } from './model/feature-rows.ts'
import { type HeadShape, type NamedArrays, parametersOf, sizeOf } from './model/parameters.ts'
import type { PreparedTrial } from './prepare-trial.ts'
import { type EncoderName, isEncoderName } from './settings-schema.ts'
import { type Logits, logitsOfRows } from './training/evaluate.ts'
import { modelWeights, parametersOfAll } from './training/learner-state.ts'

/** A model as it was trained, from its weights file alone. */
export interface TrainedModel {
  readonly tasks: readonly Task[]
  /** @returns by task, N x C logits; the same for a text whatever else is asked for with it, to rounding */
  logits(texts: readonly string[]): Promise<Logits>
  /** Frees the tensors; call nothing afterwards. */
  dispose(): void
}

const factsSchema = z.object({
  encoder: z.custom<EncoderName>(isEncoderName),
  unfreeze_layers: z.union([z.number(), z.literal('all')]).default(0),
  /** How fixed features are multiplied; the two ways differ in the last bits. */
  features: z.enum(['sparse', 'dense']),
  tasks: z.array(z.object({ name: z.string(), classes: z.array(z.string()) })),
  heads: z.array(z.looseObject({ task: z.string() })),
})

/** What the header of a weights file says of the model, for {@link trainedModel}. */
export function modelFacts({ settings, features, dataset, plans, encoder }: PreparedTrial): Record<string, string> {
  const model: z.input<typeof factsSchema> = {
    encoder: settings.encoder,
    unfreeze_layers: settings.unfreezeLayers,
    features: features.kind,
    tasks: dataset.tasks.map(({ name, classes }) => ({ name, classes: [...classes] })),
    heads: plans.map(({ head }) => ({ ...head })),
  }
  return { model: JSON.stringify(model), encoder: JSON.stringify(encoder.facts) }
}

/** Restores an encoder, or gives one that is the same and open already. */
export interface EncoderSharing {
  restored(
    identity: { readonly name: string; readonly facts: string; readonly state: ReadonlyMap<string, EncoderArray> },
    restore: () => Promise<TextEncoder>,
  ): Promise<TextEncoder>
}

/**
 * Puts a model together from what its file holds and from nothing else. The engine is open.
 *
 * @param sharing between models that predict together; without it the model has an encoder of its own
 * @throws {UserError} WEIGHTS_NOT_OURS when the file is not one that this trainer wrote; ENCODER_STATE
 */
export async function trainedModel(
  { tensors, metadata }: SafetensorsContent,
  listener: EncoderListener,
  sharing?: EncoderSharing,
): Promise<TrainedModel> {
  const facts = factsOf(metadata)
  const arrays = new Map([...tensors].map(([name, { values }]) => [name, values as EncoderArray]))
  const ofEncoder = metadata.encoder ?? '{}'
  const restore = () =>
    encoderSource(facts.encoder, facts.unfreeze_layers).restore(arrays, JSON.parse(ofEncoder), listener)
  const plans = facts.tasks.map(({ name, classes }, t) => ({ name, classes, head: headOf(facts.heads[t], name) }))
  const ofHeads = new Set(plans.flatMap(({ head }) => parametersOf(head)).map(({ name }) => name))
  const state = new Map([...arrays].filter(([name]) => !ofHeads.has(name)))
  const shared = facts.unfreeze_layers === 0 ? sharing : undefined
  const encoder = await (shared?.restored({ name: facts.encoder, facts: ofEncoder, state }, restore) ?? restore())
  const weights = weightsOf({ body: await bodyOver([], encoder, facts.features), plans }, arrays)
  return {
    tasks: facts.tasks,
    logits: async (texts) => {
      const body = await bodyOver(texts, encoder, facts.features)
      return logitsOfRows(weights, { body, plans, rows_N: Int32Array.from(texts.keys()) })
    },
    dispose: () => dispose([...weights.values()]),
  }
}

/** What lies below the heads, over these texts. */
async function bodyOver(texts: readonly string[], encoder: TextEncoder, kind: 'sparse' | 'dense'): Promise<Body> {
  return encoder.bodyOver?.(texts) ?? featureRows(await encoder.encode(texts), kind)
}

function weightsOf(parts: Parameters<typeof parametersOfAll>[0], arrays: ReadonlyMap<string, EncoderArray>) {
  for (const parameter of parametersOfAll(parts)) {
    const values = arrays.get(parameter.name) ?? parts.body.start?.get(parameter.name)
    if (values instanceof Float32Array && values.length === sizeOf(parameter)) continue
    refuse(`${parameter.name} does not have ${sizeOf(parameter)} values`)
  }
  return modelWeights(parts, arrays as NamedArrays)
}

function headOf(head: Readonly<Record<string, unknown>> | undefined, task: string): HeadShape {
  // Written by this trainer as it is; the weights are checked against it.
  return head?.task === task ? (head as unknown as HeadShape) : refuse(`there is no head for ${task}`)
}

function factsOf(metadata: Readonly<Record<string, string>>): z.output<typeof factsSchema> {
  try {
    return factsSchema.parse(JSON.parse(metadata.model ?? 'null'))
  } catch {
    return refuse('its header does not describe a model')
  }
}

function refuse(reason: string): never {
  throw new UserError(`The weights are not those of a text classifier of this release: ${reason}.`, {
    code: 'WEIGHTS_NOT_OURS',
    suggestions: ['Train the trial again with this release.'],
  })
}
