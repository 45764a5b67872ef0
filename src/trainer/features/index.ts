import type { EncoderName } from '../settings-schema.ts'
import type { TextEncoderSource } from './encoder.ts'
import { fineTunedEncoder } from './fine-tuned-encoder.ts'
import { frozenEncoder } from './frozen-encoder.ts'
import { hashEncoder } from './hash-encoder.ts'

/** What may stand before the colon of `encoder:`. */
export const encoders = { hash: hashEncoder, hf: frozenEncoder } as const satisfies Record<string, TextEncoderSource>

/**
 * @param name as in the settings: `hash`, or `hf:` and a model
 * @param unfrozen layers of the model that learn with the heads
 */
export function encoderSource(name: EncoderName, unfrozen: number | 'all' = 0): TextEncoderSource {
  if (name !== 'hash' && unfrozen !== 0) return fineTunedEncoder
  return encoders[(name.split(':', 1)[0] ?? name) as keyof typeof encoders]
}
