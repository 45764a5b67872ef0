import { engine } from './tf.ts'

const owning = new WeakSet<object>()

/**
 * Makes tensors of the engine that is open own their values. Some backends keep the array that a tensor is made from,
 * and upload it when it is first needed or never; ours are written over for the next batch.
 */
export function ownValues(): void {
  const { backend } = engine()
  if (owning.has(backend)) return
  owning.add(backend)
  const write = backend.write.bind(backend)
  backend.write = (values, shape, dtype) => write(ArrayBuffer.isView(values) ? values.slice() : values, shape, dtype)
}
