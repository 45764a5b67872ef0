import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TrainerEvent } from '../../src/protocol/event-line.ts'
import type { FileFormat, ReportFormat } from '../../src/protocol/formats/format.ts'
import { reportFormats } from '../../src/protocol/formats/index.ts'
import { crc32c, maskedCrc } from '../../src/protocol/formats/tfrecord.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

const SAMPLES = join(import.meta.dirname, '../../../shared/data/trainer-logs')
const sample = (name: string) => join(SAMPLES, name)
const NO_SAMPLES = !existsSync(SAMPLES)

const lineParser = () => {
  const format = reportFormats['python-dict'].create({})
  return (line: string) => format.parseLine?.(line)
}
const dicts = (lines: readonly string[]) => reports(lines.map(lineParser()).filter((event) => event !== undefined))
const fileFormat = (name: keyof typeof reportFormats): FileFormat =>
  (reportFormats[name].create({}) as Required<ReportFormat>).files
const all = (format: FileFormat, path: string, limit = 1 << 20) => {
  const events: TrainerEvent[] = []
  for (let behind = true; behind; ) {
    const reading = format.read(path, limit)
    events.push(...reading.events)
    behind = reading.behind
  }
  return events
}
const reports = (events: readonly TrainerEvent[]) => events.filter((event) => event.kind === 'report')
const newFile = (name: string, content: string | Buffer) => {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, content)
  return path
}

describe('python-dict', () => {
  it.each([
    ["{'loss': 1.5, 'learning_rate': 2e-05, 'epoch': 0.5}", { loss: 1.5, 'train/loss': 1.5, learning_rate: 2e-5 }],
    ["{'eval_loss': nan, 'eval_ok': True, 'epoch': 1.0}", { eval_loss: Number.NaN, 'eval/loss': Number.NaN }],
    ["{'loss': '1.25', 'epoch': '0.5'}", { loss: 1.25 }],
    [
      "I0307 run.py:4] Time: 3s, \tStep: 471, \t{'train/ssim': 0.5, 'validation/loss': 0.25}",
      { 'validation/loss': 0.25 },
    ],
    ["{'train_runtime': 3.1, \"it's\": 2, 'best': None, 'epoch': 3}", { "it's": 2, train_runtime: 3.1 }],
  ])('reads %s', (line, metrics) => {
    expect(lineParser()(line)).toMatchObject({ kind: 'report', metrics })
  })

  it('takes the step from the dict, or from the words before it', () => {
    expect(lineParser()("Step: 471, \t{'a/b': 1}")).toMatchObject({ step: 471 })
    expect(lineParser()("{'a': 1, 'epoch': 0.25}")).toMatchObject({ step: 0.25 })
  })

  it.each(["{'lr': 0.1, 'layers': 3}", "{'a': {'b': 1}, 'epoch': 1}", "it's {'epoch': 1", "{'epoch': 1, 'text': 'x'}"])(
    'passes over %s',
    (line) => expect(lineParser()(line)).toBeUndefined(),
  )

  it.skipIf(NO_SAMPLES)('reads a Hugging Face log between progress bars (needs ../shared/data/trainer-logs)', () => {
    const pieces = readFileSync(sample('hf-tqdm-stdout-excerpt.log'), 'utf8').split(/[\n\r]/)
    const found = dicts(pieces)
    expect(found.map((event) => event.metrics.loss)).toEqual([1.5618, 1.2588])
  })

  it.skipIf(NO_SAMPLES)('reads the dicts of an absl log with their steps (needs ../shared/data/trainer-logs)', () => {
    const found = dicts(readFileSync(sample('absl-log-0.log'), 'utf8').split('\n'))
    expect(found.slice(0, 3).map(({ step }) => step)).toEqual([1, 471, 882])
    expect(found[1]?.metrics['validation/loss']).toBe(0.3083846779706844)
    expect(found.length).toBeGreaterThan(5)
  })
})

describe('trainer-state', () => {
  const state = (steps: number) =>
    JSON.stringify({
      log_history: Array.from({ length: steps }, (_, i) => ({ epoch: i / 2, loss: 1 / (i + 1), step: i })),
    })

  it('reads each entry once, though every checkpoint repeats them', () => {
    const format = fileFormat('trainer-state')
    const first = newFile('trainer_state.json', state(2))
    expect(all(format, first).map((event) => event.kind === 'report' && event.step)).toEqual([0, 1])
    expect(all(format, first)).toEqual([])
    expect(all(format, newFile('trainer_state.json', state(4)))).toHaveLength(2)
  })

  it('waits for a file that is only half written', () => {
    const format = fileFormat('trainer-state')
    const path = newFile('trainer_state.json', state(3).slice(0, 40))
    expect(all(format, path)).toEqual([])
    writeFileSync(path, state(3))
    expect(all(format, path)).toHaveLength(3)
  })

  it.skipIf(NO_SAMPLES)('reads a real one (needs ../shared/data/trainer-logs)', () => {
    const events = reports(all(fileFormat('trainer-state'), sample('hf-trainer_state-imbalanced.json')))
    expect(events).toHaveLength(30)
    expect(events[2]).toMatchObject({ step: 1035, metrics: { eval_macro_f1: 0.18970840480274442 } })
  })
})

describe('csv', () => {
  it('reads rows as they are appended, half a row only when it is whole', () => {
    const format = fileFormat('csv')
    const path = newFile('metrics.csv', 'epoch,loss,val_loss\n0,1.5,2\n1,1.2')
    expect(reports(all(format, path))).toEqual([{ kind: 'report', step: 0, metrics: { loss: 1.5, val_loss: 2 } }])
    appendFileSync(path, '5,nan\n')
    expect(reports(all(format, path))).toEqual([
      { kind: 'report', step: 1, metrics: { loss: 1.25, val_loss: Number.NaN } },
    ])
  })

  it('reads only new rows when Lightning writes the file anew with another column', () => {
    const format = fileFormat('csv')
    const path = newFile('metrics.csv', 'epoch,loss,step\n0,1.5,9\n')
    all(format, path)
    writeFileSync(path, 'epoch,loss,step,val_loss\n0,1.5,9,\n0,,9,2.5\n1,1.25,19,\n')
    expect(reports(all(format, path))).toEqual([
      { kind: 'report', step: 9, metrics: { val_loss: 2.5 } },
      { kind: 'report', step: 19, metrics: { loss: 1.25 } },
    ])
  })

  it.each(['id,label,p\n1,2,3\n', 'epoch,loss\n1\n1,2,3\n', '', '\n\n', 'epoch\n1\n'])(
    'finds no report in %j',
    (text) => {
      expect(all(fileFormat('csv'), newFile('a.csv', text))).toEqual([])
    },
  )

  it.skipIf(NO_SAMPLES)('reads a real Keras and a real Lightning log (needs ../shared/data/trainer-logs)', () => {
    const keras = reports(all(fileFormat('csv'), sample('keras-csvlogger-training.log'), 100))
    expect(keras[1]).toMatchObject({ step: 1, metrics: { val_loss: 7.41715145111084 } })
    const lightning = reports(all(fileFormat('csv'), sample('lightning-metrics-v0.csv')))
    expect(lightning[0]).toEqual({
      kind: 'report',
      step: 49,
      metrics: { train_loss: 2.347229480743408, train_acc: 0.375 },
    })
  })
})

/** The few pieces of protobuf and TFRecord that an event file needs. */
const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(Math.floor(n / 128))])
const field = (number: number, data: Buffer | number[]) =>
  Buffer.from([...varint(number * 8 + 2), ...varint(data.length), ...data])
const float = (value: number) => {
  const data = Buffer.alloc(4)
  data.writeFloatLE(value)
  return data
}
const record = (data: Buffer) => {
  const header = Buffer.alloc(12)
  header.writeBigUInt64LE(BigInt(data.length))
  header.writeUInt32LE(maskedCrc(header.subarray(0, 8)), 8)
  const footer = Buffer.alloc(4)
  footer.writeUInt32LE(maskedCrc(data))
  return Buffer.concat([header, data, footer])
}
const scalarEvent = (step: number, tag: string, value: Buffer) =>
  record(
    Buffer.concat([
      Buffer.from([16, ...varint(step)]),
      field(5, field(1, Buffer.concat([field(1, Buffer.from(tag)), value]))),
    ]),
  )
const simple = (value: number) => Buffer.concat([Buffer.from([2 * 8 + 5]), float(value)])
const tensor = (value: number) => field(8, Buffer.concat([Buffer.from([8, 1]), field(4, float(value))]))

describe('tensorboard', () => {
  it('computes the checksums of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
    expect(crc32c(Buffer.alloc(32, 255))).toBe(0x62a8ab43)
  })

  it('reads scalars in both forms, also while the file is being written', () => {
    const data = Buffer.concat([scalarEvent(1, 'loss', simple(0.5)), scalarEvent(300, 'val/acc', tensor(0.25))])
    const format = fileFormat('tensorboard')
    const path = newFile('events.out.tfevents.1', data.subarray(0, 60))
    const first = all(format, path, 10)
    appendFileSync(path, data.subarray(60))
    expect([...first, ...all(format, path, 10)]).toEqual([
      { kind: 'report', step: 1, metrics: { loss: 0.5 } },
      { kind: 'report', step: 300, metrics: { 'val/acc': 0.25 } },
    ])
  })

  it('passes over records that are too large, and those that hold no scalar', () => {
    const data = Buffer.concat([
      record(Buffer.alloc(3 << 20)),
      record(Buffer.from([26, 3, 97, 98, 99])),
      scalarEvent(2, 'loss', simple(1)),
    ])
    expect(reports(all(fileFormat('tensorboard'), newFile('a.tfevents', data)))).toHaveLength(1)
  })

  it('says once that a file is damaged, and reads what stands before', () => {
    const data = Buffer.concat([scalarEvent(1, 'loss', simple(0.5)), scalarEvent(2, 'loss', simple(0.4))])
    data[data.length - 8] = (data[data.length - 8] as number) ^ 1
    const format = fileFormat('tensorboard')
    const path = newFile('a.tfevents', data)
    expect(all(format, path).map(({ kind }) => kind)).toEqual(['report', 'note'])
    expect(all(format, path)).toEqual([])
  })

  it.skipIf(NO_SAMPLES)('reads real files (needs ../shared/data/trainer-logs)', () => {
    const small = all(fileFormat('tensorboard'), sample('tb-guild-62B.tfevents'))
    expect(small).toMatchObject([{ kind: 'report', metrics: { loss: expect.closeTo(0.52803, 5) } }])
    const large = reports(all(fileFormat('tensorboard'), sample('tb-2-2294B.tfevents')))
    expect(large.length).toBeGreaterThan(10)
    expect(large[0]).toMatchObject({ step: 1, metrics: { 'train/accuracy': expect.closeTo(0.000876, 5) } })
  })
})

describe('every format', () => {
  it('throws at nothing, whatever stands in its file or on the line', () => {
    const path = join(temporaryFolder(), 'garbage')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (data, line) => {
        writeFileSync(path, data)
        for (const entry of Object.values(reportFormats)) {
          const format: ReportFormat = entry.create({})
          format.parseLine?.(line)
          format.files?.read(path, 1000)
          format.files?.read(`${path}-missing`, 1000)
        }
      }),
      { numRuns: 60 },
    )
  })
})
