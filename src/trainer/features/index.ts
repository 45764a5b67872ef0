import type { EncoderName } from '../settings-schema.ts'
import type { TextEncoderSource } from './encoder.ts'
import { hashEncoder } from './hash-encoder.ts'

/** What may stand before the colon of `encoder:`. */
export const encoders = { hash: hashEncoder } as const satisfies Record<string, TextEncoderSource>

/** @param name as in the settings: `hash`, or `hf:` and a model */
export function encoderSource(name: EncoderName): TextEncoderSource {
  return encoders[(name.split(':', 1)[0] ?? name) as keyof typeof encoders]
}
