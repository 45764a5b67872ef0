import { EnvironmentError, SweepError } from '../../base/errors.ts'
import { hasOnnxRuntime, INSTALL_ONNX_RUNTIME } from './onnx-runtime.ts'
import type { EncoderRunner, RunnerInput } from './runner.ts'

type Model = Pick<RunnerInput, 'files' | 'config'>

/** How an encoder will be run here, and the files with the weights that decide what comes out. */
export interface Way {
  readonly kind: 'onnx' | 'tensors'
  readonly weights: readonly [string, ...string[]]
}

/**
 * The best way to run a model on this machine: ONNX Runtime is several times as fast as our own code. Loads nothing.
 *
 * @param preferred a way that was taken before, taken again where it is possible
 * @returns undefined when there is none; {@link noWay} says why
 */
export function wayToRun({ files, config }: Model, preferred?: Way['kind']): Way | undefined {
  const [first, ...others] = files.safetensors
  const ways: (Way | undefined)[] = [
    files.onnx !== undefined && hasOnnxRuntime() ? { kind: 'onnx', weights: [files.onnx] } : undefined,
    first !== undefined && config.architecture ? { kind: 'tensors', weights: [first, ...others] } : undefined,
  ]
  return ways.find((way) => way !== undefined && way.kind === preferred) ?? ways.find((way) => way !== undefined)
}

/** Why a model cannot be run here, as a sentence, and what to do about it. */
export function noWay({ files, config }: Model): { readonly reason: string; readonly fixes: readonly string[] } {
  const own = config.notOurs === undefined ? 'it has no model.safetensors' : `${config.notOurs}`
  const graph = files.onnx === undefined ? 'it has no onnx/model.onnx' : 'onnxruntime-node is not installed'
  const reason = `${files.folder} cannot be run here: for ONNX Runtime, ${graph}; for our own code, ${own}.`
  return { reason, fixes: files.onnx === undefined ? [] : [INSTALL_ONNX_RUNTIME] }
}

/**
 * @param onFallback told in a sentence why it is not the way that was meant
 * @throws {UserError | EnvironmentError} ENCODER_... when the model cannot be run
 */
export async function openRunner(
  input: RunnerInput,
  way: Way,
  onFallback: (text: string) => void,
): Promise<EncoderRunner> {
  // Loaded when needed: on a machine with ready rows neither is.
  const tensors = async () => (await import('./tensor-runner.ts')).openTensorRunner(input)
  if (way.kind === 'tensors') return tensors()
  try {
    return await (await import('./onnx-runner.ts')).openOnnxRunner(input, way.weights[0])
  } catch (error) {
    const possible = input.files.safetensors.length > 0 && input.config.architecture !== undefined
    if (!(error instanceof SweepError) || !possible) throw error
    onFallback(`${error.message.replace(' Nothing was trained.', '')} Our own code computes it instead, more slowly.`)
    return tensors()
  }
}

/** @throws {EnvironmentError} ENCODER_NO_WAY */
export function checkedWay(model: Model, preferred?: Way['kind']): Way {
  const way = wayToRun(model, preferred)
  if (way) return way
  const { reason, fixes } = noWay(model)
  throw new EnvironmentError(`${reason} Nothing was trained.`, { code: 'ENCODER_NO_WAY', suggestions: fixes })
}
