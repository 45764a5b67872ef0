import { createRequire } from 'node:module'
import { join } from 'node:path'

/** As much of `onnxruntime-node` as is used. It is an optional package, so its types are not installed either. */
export interface OnnxRuntime {
  readonly env: { readonly versions: { readonly node?: string; readonly common?: string } }
  readonly InferenceSession: {
    create(model: string | Uint8Array, options: object): Promise<OnnxSession>
  }
  readonly Tensor: new (type: 'int64', values: BigInt64Array, shape: readonly number[]) => object
}

export interface OnnxSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  run(
    feeds: Readonly<Record<string, object>>,
    fetches: readonly string[],
  ): Promise<
    Readonly<Record<string, { readonly type: string; readonly dims: readonly number[]; readonly data: unknown }>>
  >
  release(): Promise<void>
}

const PACKAGE = 'onnxruntime-node'

/**
 * Not saved: a package that is optional belongs to a machine, not to a project. Without scripts: all that runs on the CPU
 * is in the package, and on Linux its script downloads libraries for CUDA 12, which are not used.
 */
export const INSTALL_ONNX_RUNTIME = `npm install --no-save --ignore-scripts ${PACKAGE}@1.30.0`

/** The project, which is the working folder of a trial, and the folder that we are installed in. */
const places = () => [join(process.cwd(), 'package.json'), import.meta.url].map((from) => createRequire(from))

function installedIn(): NodeJS.Require | undefined {
  return places().find((require) => {
    try {
      require.resolve(PACKAGE)
      return true
    } catch {
      return false
    }
  })
}

/** Whether the package is there; loads nothing. */
export const hasOnnxRuntime = () => installedIn() !== undefined

/** @throws whatever the package throws on a system that its binary is not for */
export function loadOnnxRuntime(): OnnxRuntime {
  const require = installedIn()
  if (require === undefined) throw new Error(`${PACKAGE} is not installed`)
  return require(PACKAGE) as OnnxRuntime
}
