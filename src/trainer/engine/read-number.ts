import type { Scalar } from './tf.ts'

/** Reads one number from the engine and disposes the tensor. Not every engine can be read while one waits. */
export async function readNumber(scalar: Scalar): Promise<number> {
  const [value] = await scalar.data()
  scalar.dispose()
  return value as number
}
