import { UserError } from '../base/errors.ts'
import { parseObject } from '../base/ndjson.ts'
import type { TaskPredictions } from './predictions.ts'
import { checkedPredictions } from './predictions-check.ts'
import { decodeSafetensors, type SafetensorsContent } from './safetensors.ts'

const SUFFIX = '.probabilities'

/**
 * Reads `<split>.safetensors`: tensors `<task>.probabilities` (N x C) and `<task>.labels` (N, I32 or I64), and the
 * metadata `ids` (JSON list of N) and `classes` (JSON object: task to list of C), both as text.
 *
 * @throws {UserError} PREDICTIONS_FILE, SAFETENSORS
 */
export function predictionsOfSafetensors(
  content: Uint8Array,
  about: { readonly name: string; readonly split: 'val' | 'test' },
): TaskPredictions[] {
  const file = decodeSafetensors(content, about.name)
  const refuse = (reason: string): never => {
    throw new UserError(`${about.name}: ${reason} It was not used.`, { code: 'PREDICTIONS_FILE' })
  }
  const ids = textsOf(parseObject(`{"list":${file.metadata.ids ?? 'null'}}`)?.list)
  const classesByTask = parseObject(file.metadata.classes ?? '')
  if (!ids || !classesByTask) return refuse('Its metadata needs ids (a JSON list) and classes (JSON: task to list).')
  return [...file.tensors.keys()]
    .filter((tensor) => tensor.endsWith(SUFFIX))
    .map((tensor) => {
      const task = tensor.slice(0, -SUFFIX.length)
      const classes = textsOf(classesByTask[task]) ?? refuse(`Its metadata has no classes for ${task}.`)
      const { labels, probabilities } = arraysOf(file, task, refuse)
      return checkedPredictions({ task, split: about.split, classes, ids, labels, probabilities }, about.name)
    })
}

function textsOf(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined
}

function arraysOf(file: SafetensorsContent, task: string, refuse: (reason: string) => never) {
  const probabilities = file.tensors.get(task + SUFFIX)?.values
  const labels = file.tensors.get(`${task}.labels`)?.values
  if (!(probabilities instanceof Float32Array)) return refuse(`${task}${SUFFIX} is not of floating point numbers.`)
  if (labels instanceof BigInt64Array) return { probabilities, labels: Int32Array.from(labels, Number) }
  if (!(labels instanceof Int32Array)) return refuse(`${task}.labels is missing, or not of whole numbers.`)
  return { probabilities, labels }
}
