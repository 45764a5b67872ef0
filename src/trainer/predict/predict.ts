// Key: N rows of a batch, C classes of the task.
import { setImmediate as turn } from 'node:timers/promises'

import { UserError } from '../../base/errors.ts'
import { appliedCalibration } from '../../protocol/calibration-file.ts'
import type { Calibration } from '../../statistics/calibration.ts'
import { applyCalibration, NO_CALIBRATION } from '../../statistics/calibration.ts'
import { medianOf, weightedMeanOf } from '../../statistics/combine.ts'
import type { Task } from '../dataset.ts'
import { engineChoices } from '../engine/engine-names.ts'
import { openEngine } from '../engine/open-engine.ts'
import type { EncoderListener } from '../features/encoder.ts'
import { type Logits, probabilitiesOf } from '../training/evaluate.ts'
import { type InputRow, type InputRows, openRows } from './input-rows.ts'
import { backendOf, calibrationOf, type Member, openMember } from './member.ts'
import { type OutputFile, openOutput } from './output-file.ts'
import { type NamedRow, type OutputLines, outputLines } from './output-lines.ts'
import type { PredictionEvent, PredictionRequest } from './request.ts'
import { SharedEncoders } from './shared-encoders.ts'

/** Rows that are predicted together: enough to keep the engine busy, few enough to keep memory flat. */
const BATCH = 512
/** Unreadable rows that are told one by one; all of them are in the output. */
const TOLD = 20

type Tell = (event: PredictionEvent) => void

/**
 * Predicts every row of a file, in order, in memory that does not depend on its size.
 *
 * @returns how many rows there were and how many of them could not be read
 * @throws {UserError} what is wrong with weights, columns or files; then the output is as it was before
 */
export async function predict(
  request: PredictionRequest,
  tell: Tell,
): Promise<{ readonly rows: number; readonly unreadable: number }> {
  const members = await openMembers(request, tell)
  const [first] = members as [Member]
  const { tasks } = first.model
  const calibrations = calibrationsOf(request, first)
  const input = openRows(...inputOf(request, first))
  const lines = outputLines({ format: request.output.format, tasks, kept: keptOf(request, input) })
  const changed = tasks.filter(({ name }) => isCalibrated(calibrations.get(name)))
  tell({ event: 'ready', tasks: tasks.map(({ name }) => name), calibrated: changed.map(({ name }) => name) })
  const name = (texts: readonly string[]) =>
    namedRows(texts, { members, tasks, calibrations, combine: request.combine })
  const output = openOutput(request.output.file)
  try {
    const counts = await through({ input, lines, output, name, tell })
    output.finish()
    return counts
  } catch (error) {
    output.abandon()
    throw error
  }
}

async function openMembers({ members, backend }: PredictionRequest, tell: Tell): Promise<Member[]> {
  const listener: EncoderListener = {
    note: (level, text) => tell({ event: 'note', level, text }),
    say: (text) => tell({ event: 'note', level: 'info', text }),
  }
  const asked = backend ?? backendOf(members[0]?.folder ?? '')
  const choice = engineChoices.find((name) => name === asked) ?? unknownBackend(asked)
  const { reason } = await openEngine(choice)
  if (choice !== 'wasm') listener.note('info', reason)
  const [open, sharing]: [Member[], SharedEncoders] = [[], new SharedEncoders()]
  for (const member of members) open.push(await openMember(member, listener, sharing))
  return open
}

function unknownBackend(name: string): never {
  throw new UserError(`There is no backend "${name}". Known: ${engineChoices.join(', ')}. Nothing was predicted.`, {
    code: 'SETTING_VALUE',
  })
}

function inputOf({ input }: PredictionRequest, { data }: Member): Parameters<typeof openRows> {
  const own = data === 'quickstart' ? { text: 'text', id: 'id' } : data
  const delimiter = input.delimiter ?? (data === 'quickstart' ? undefined : data.delimiter)
  const id = input.id ?? own.id
  return [
    { file: input.file, delimiter },
    { text: input.text ?? own.text, ...(id === undefined ? {} : { id }), idIsWanted: input.id !== undefined },
  ]
}

function keptOf({ output }: PredictionRequest, { columns }: InputRows): readonly string[] | 'all' | undefined {
  return output.keep ? (columns ?? 'all') : undefined
}

function calibrationsOf({ calibration }: PredictionRequest, first: Member): ReadonlyMap<string, Calibration> {
  if (calibration === 'none') return new Map()
  if (calibration !== 'own') return new Map(Object.entries(calibration))
  const tasks = calibrationOf(first)?.tasks ?? {}
  return new Map(Object.entries(tasks).map(([task, of]) => [task, appliedCalibration(of)]))
}

function isCalibrated(calibration: Calibration | undefined): boolean {
  return calibration !== undefined && (calibration.temperature !== 1 || calibration.bias.some((bias) => bias !== 0))
}

interface Predicting {
  readonly members: readonly Member[]
  readonly tasks: readonly Task[]
  readonly calibrations: ReadonlyMap<string, Calibration>
  readonly combine: PredictionRequest['combine']
}

/** @returns one list a text, in the tasks' order */
async function namedRows(texts: readonly string[], predicting: Predicting): Promise<NamedRow[][]> {
  const { members, tasks, calibrations, combine } = predicting
  const logits: Logits[] = []
  for (const { model } of members) logits.push(await model.logits(texts))
  const byTask = tasks.map(({ name, classes }) => {
    const C = classes.length
    const parts = logits.map((of) => probabilitiesOf(of.get(name) as Float32Array, C))
    const combined_NC = combinedOf(parts, { combine, task: name, C })
    const calibrated = applyCalibration(combined_NC, calibrations.get(name) ?? NO_CALIBRATION(C))
    return { classes, ...calibrated }
  })
  return texts.map((_, n) =>
    byTask.map(({ classes, probabilities_NC, named_N }) => {
      const C = classes.length
      const named = named_N[n] as number
      const probabilities = probabilities_NC.subarray(n * C, (n + 1) * C)
      return { label: classes[named] as string, confidence: probabilities[named] as number, probabilities }
    }),
  )
}

function combinedOf(
  parts: readonly Float32Array[],
  { combine, task, C }: { combine: PredictionRequest['combine']; task: string; C: number },
): Float32Array {
  if (combine === 'median') return medianOf(parts, C)
  return weightedMeanOf(parts, combine?.[task] ?? parts.map(() => 1 / parts.length))
}

interface Stream {
  readonly input: InputRows
  readonly lines: OutputLines
  readonly output: OutputFile
  name(texts: readonly string[]): Promise<NamedRow[][]>
  readonly tell: Tell
}

async function through({ input, lines, output, name, tell }: Stream) {
  let [rows, unreadable] = [0, 0]
  const finish = async (batch: readonly InputRow[]) => {
    const readable = batch.filter(({ problem }) => problem === undefined)
    const named = await name(readable.map(({ text }) => text))
    const namedOf = new Map(readable.map((row, i) => [row, named[i]]))
    await output.write(batch.map((row) => lines.line(row, namedOf.get(row))).join(''))
    rows += batch.length
    tell({ event: 'progress', rows, unreadable, fraction: input.fraction() })
    // Some engines answer at once: without a turn of the event loop no signal would be heard until the end.
    await turn()
  }
  await output.write(lines.head)
  let batch: InputRow[] = []
  for (const row of input.rows) {
    batch.push(row)
    if (row.problem !== undefined && unreadable++ < TOLD) {
      tell({ event: 'unreadable', line: row.line, message: row.problem })
    }
    if (batch.length < BATCH) continue
    await finish(batch)
    batch = []
  }
  if (batch.length > 0) await finish(batch)
  return { rows, unreadable }
}
