import { readSafetensors, type SafetensorsArray } from '../../protocol/safetensors.ts'
import type { ModelFiles } from './model-files.ts'

/**
 * Reads the weights of a model from its safetensors file or from its shards, array by array, so that what is not wanted
 * costs no memory. F16 and BF16 come as F32.
 *
 * @param wanted by the names in the files; the other arrays are not read
 * @throws {UserError} SAFETENSORS when a file is damaged
 */
export function readModelWeights(
  { safetensors }: Pick<ModelFiles, 'safetensors'>,
  wanted: (name: string) => boolean = () => true,
): Map<string, SafetensorsArray> {
  return new Map(safetensors.flatMap((path) => [...readSafetensors(path, wanted).tensors]))
}
