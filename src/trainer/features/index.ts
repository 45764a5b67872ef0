import type { TextEncoderSource } from './encoder.ts'
import { hashEncoder } from './hash-encoder.ts'

/** What `encoder:` may be. */
export const encoders = { hash: hashEncoder } as const satisfies Record<string, TextEncoderSource>
