import { engine } from './tf.ts'

/** {@link Engine.readsAtOnce} of the engine that is open; the library keeps which one that is in a global. */
export function readsAtOnce(): boolean {
  return engine().backendName !== 'webgpu'
}
