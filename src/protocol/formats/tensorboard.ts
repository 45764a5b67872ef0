import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import type { TrainerEvent } from '../event-line.ts'
import type { FileReading, ReportFormat } from './format.ts'
import { fieldsOf } from './protobuf.ts'
import { RecordTail } from './tfrecord.ts'

/** Scalars of TensorBoard event files, in both ways in which they are written (`simple_value` and one-element tensors). */
export const tensorboard = entry({
  summary: 'Scalars of TensorBoard event files (events.out.tfevents.*).',
  options: z.object({}),
  create: (): ReportFormat => {
    const tails = new Map<string, RecordTail>()
    const damaged = new Set<string>()
    return {
      files: {
        accepts: (name) => name.includes('tfevents'),
        read: (path, limit) => {
          const tail = tails.get(path) ?? new RecordTail(path)
          tails.set(path, tail)
          const { records, behind } = tail.read(limit)
          const events: TrainerEvent[] = records.flatMap(reportsOfEvent)
          if (tail.damagedAt !== undefined && !damaged.has(path)) {
            damaged.add(path)
            events.push(damageNote(path, tail.damagedAt))
          }
          return { events, behind } satisfies FileReading
        },
      },
    }
  },
})

function damageNote(path: string, offset: number): TrainerEvent {
  const text = `${path} is damaged at byte ${offset}: a checksum does not fit. What follows there is not read.`
  return { kind: 'note', level: 'warn', text }
}

// Field numbers of tensorboard/compat/proto: event.proto, summary.proto, tensor.proto, types.proto.
const EVENT = { step: 2, summary: 5 }
const SUMMARY_VALUE = 1
const VALUE = { tag: 1, simpleValue: 2, tensor: 8 }
const TENSOR = { dtype: 1, content: 4, float: 5, double: 6 }
const DTYPE = { float: 1, double: 2 }

function reportsOfEvent(record: Buffer): TrainerEvent[] {
  let step = 0
  const metrics: Record<string, number> = {}
  for (const field of fieldsOf(record)) {
    if (field.number === EVENT.step && field.wire === 'varint') step = field.value
    if (field.number !== EVENT.summary || field.wire !== 'bytes') continue
    for (const value of fieldsOf(field.data)) {
      if (value.number === SUMMARY_VALUE && value.wire === 'bytes') takeScalar(value.data, metrics)
    }
  }
  return Object.keys(metrics).length === 0 ? [] : [{ kind: 'report', step, metrics }]
}

function takeScalar(message: Buffer, metrics: Record<string, number>): void {
  let tag = ''
  let scalar: number | undefined
  for (const field of fieldsOf(message)) {
    if (field.wire === 'varint') continue
    if (field.number === VALUE.tag) tag = field.data.toString('utf8')
    if (field.number === VALUE.simpleValue && field.wire === 'fixed32') scalar = field.data.readFloatLE(0)
    if (field.number === VALUE.tensor) scalar = scalarOfTensor(field.data)
  }
  if (tag !== '' && scalar !== undefined) metrics[tag] = scalar
}

/** @returns undefined for more than one element and for types that no metric has */
function scalarOfTensor(message: Buffer): number | undefined {
  let dtype = 0
  let content: Buffer | undefined
  for (const field of fieldsOf(message)) {
    if (field.number === TENSOR.dtype && field.wire === 'varint') dtype = field.value
    const holdsData = [TENSOR.content, TENSOR.float, TENSOR.double].includes(field.number)
    if (holdsData && field.wire !== 'varint' && field.data.length > 0) content = field.data
  }
  if (dtype === DTYPE.float && content?.length === 4) return content.readFloatLE(0)
  return dtype === DTYPE.double && content?.length === 8 ? content.readDoubleLE(0) : undefined
}
