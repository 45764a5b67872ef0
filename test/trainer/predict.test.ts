import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseObject } from '../../src/base/ndjson.ts'
import { parseCsv } from '../../src/protocol/csv.ts'
import { readPredictionsSync } from '../../src/protocol/predictions-file.ts'
import type { PredictionRequest } from '../../src/trainer/predict/request.ts'
import { writeModel } from './support/model-on-disk.ts'
import { attempt, builtTrainer, writeTexts } from './support/trainer-process.ts'

type Change = Partial<Omit<PredictionRequest, 'input' | 'output'>> & {
  readonly input?: Partial<PredictionRequest['input']>
  readonly output?: Partial<PredictionRequest['output']>
}

describe('predicting', () => {
  const folder = mkdtempSync(join(tmpdir(), 'predict-'))
  const [data, first, second] = [join(folder, 'texts.csv'), join(folder, 'first'), join(folder, 'second')]
  let trainer: { program: string; remove: () => void }

  beforeAll(async () => {
    trainer = await builtTrainer()
    writeTexts(data, 240, 18)
    const params = {
      data: { file: data, text: 'text', id: 'id', tasks: { opinion: 'opinion', place: 'place' } },
      feature_width: 64,
      epochs: 4,
    }
    for (const [dir, seed] of [
      [first, 1],
      [second, 2],
    ] as const) {
      const { code, stderr } = await attempt(trainer.program, dir, { params, seed })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    }
  }, 60_000)
  afterAll(() => {
    trainer.remove()
    rmSync(folder, { recursive: true })
  })

  /** Runs the program as `sweep predict` does, without a parent to tell: events come on stderr. */
  async function predict(change: Change = {}) {
    const { input, output, ...rest } = change
    const request: PredictionRequest = {
      members: [{ name: 'a.1/0', folder: first }],
      calibration: 'none',
      ...rest,
      input: { file: data, ...input },
      output: { format: 'csv', keep: false, ...output },
    }
    const child = spawn(process.execPath, [trainer.program, 'predict'])
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (part: Buffer) => {
      stdout += part
    })
    child.stderr.on('data', (part: Buffer) => {
      stderr += part
    })
    child.stdin.end(JSON.stringify(request))
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
    const events = stderr.split('\n').flatMap((line): Record<string, unknown>[] => {
      const event = parseObject(line)
      return event === undefined ? [] : [event]
    })
    return { code, stdout, events, said: (event: string) => events.filter((one) => one.event === event) }
  }

  /** Rows of CSV as objects. */
  function rowsOf(text: string): Record<string, string>[] {
    const [head = [], ...rows] = parseCsv(text) ?? []
    return rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i] ?? ''])))
  }

  it('gives every row, in order, what the trial predicted for its validation rows', async () => {
    const { code, stdout, said } = await predict()
    expect(code).toBe(0)
    expect(said('done')).toEqual([{ event: 'done', rows: 240, unreadable: 0 }])
    const rows = rowsOf(stdout)
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 240 }, (_, n) => String(n)))
    for (const { task, classes, ids, probabilities } of readPredictionsSync(join(first, 'predictions'))) {
      ids.forEach((id, n) => {
        const row = rows[Number(id)] ?? {}
        const own = probabilities.subarray(n * classes.length, (n + 1) * classes.length)
        const told = classes.map((name) => Number(row[`${task}.p.${name}`]))
        for (const [c, p] of told.entries()) expect(p).toBeCloseTo(own[c] as number, 5)
        expect(row[`${task}.label`]).toBe(classes[told.indexOf(Math.max(...told))])
        expect(Number(row[`${task}.confidence`])).toBe(Math.max(...told))
      })
    }
  })

  it('applies the temperature that was fitted, which changes confidence and no label', async () => {
    const [plain, calibrated] = [await predict(), await predict({ calibration: 'own' })]
    const stored = parseObject(readFileSync(join(first, 'details/calibration.json'), 'utf8')) as {
      tasks: Record<string, { temperature: { fitted: number; applied: boolean }; bias: { applied: boolean } }>
    }
    const applied = Object.entries(stored.tasks).filter(([, of]) => of.temperature.applied || of.bias.applied)
    expect(calibrated.said('ready')[0]?.calibrated).toEqual(applied.map(([task]) => task))
    const [before, after] = [rowsOf(plain.stdout), rowsOf(calibrated.stdout)]
    const { temperature, bias } = stored.tasks.opinion ?? { temperature: { applied: false, fitted: 1 } }
    expect({ temperature: temperature.applied, bias: bias?.applied }).toEqual({ temperature: true, bias: false })
    for (const [n, row] of before.entries()) {
      const [p, q] = [Number(row['opinion.p.good']), Number(after[n]?.['opinion.p.good'])]
      const cooled = Math.log(p / (1 - p)) / temperature.fitted
      if (p > 0.001 && p < 0.999) expect(q).toBeCloseTo(1 / (1 + Math.exp(-cooled)), 2)
      expect(after[n]?.['opinion.label']).toBe(row['opinion.label'])
    }
  })

  it('averages the members of an ensemble with their weights, or takes their median', async () => {
    const both = [
      { name: 'a.1/0', folder: first },
      { name: 'a.1/1', folder: second },
    ]
    const combine = { opinion: [0.25, 0.75], place: [1, 0] }
    const [one, other, mixed, median] = [
      await predict(),
      await predict({ members: [{ name: 'a.1/1', folder: second }] }),
      await predict({ members: both, combine }),
      await predict({ members: both, combine: 'median' }),
    ].map(({ stdout }) => rowsOf(stdout))
    for (const n of [0, 7, 100, 239]) {
      const p = (rows: Record<string, string>[] | undefined, column: string) => Number(rows?.[n]?.[column])
      const [a, b] = [p(one, 'opinion.p.good'), p(other, 'opinion.p.good')]
      expect(p(mixed, 'opinion.p.good')).toBeCloseTo(0.25 * a + 0.75 * b, 4)
      expect(p(mixed, 'place.p.meal')).toBeCloseTo(p(one, 'place.p.meal'), 5)
      expect(p(median, 'opinion.p.good')).toBeCloseTo((a + b) / 2, 4)
    }
  })

  it('applies class biases to what is named and not to how sure it is', async () => {
    const bias = { opinion: { temperature: 1, bias: [3, -3] }, place: { temperature: 1, bias: [0, 0, 0] } }
    const [plain, biased] = [rowsOf((await predict()).stdout), rowsOf((await predict({ calibration: bias })).stdout)]
    expect(biased.map((row) => row['opinion.p.good'])).toEqual(plain.map((row) => row['opinion.p.good']))
    expect(biased.map((row) => row['place.label'])).toEqual(plain.map((row) => row['place.label']))
    const count = (rows: typeof plain) => rows.filter((row) => row['opinion.label'] === 'bad').length
    expect(count(biased)).toBeGreaterThan(count(plain))
    const turned = biased.find((row) => row['opinion.label'] === 'bad' && Number(row['opinion.p.bad']) < 0.5)
    expect(turned?.['opinion.confidence']).toBe(turned?.['opinion.p.bad'])
  })

  it('reports rows that cannot be read with their line, keeps their place, and predicts the others', async () => {
    const file = join(folder, 'broken.csv')
    const lines = [
      'id,text',
      'a,The soup was lovely',
      'b,',
      'c,too,many',
      'd,"open"x',
      'e,The screen was dull',
      'f,"never',
    ]
    writeFileSync(file, Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), Buffer.from([0x67, 0x2c, 0xff, 0x0a])]))
    const { code, stdout, said } = await predict({ input: { file } })
    expect(code).toBe(0)
    expect(said('unreadable').map(({ line }) => line)).toEqual([3, 4, 5, 7, 8])
    expect(said('done')[0]).toMatchObject({ rows: 7, unreadable: 5 })
    const rows = rowsOf(stdout)
    expect(rows.map(({ id }) => id)).toEqual(['a', 'b', '', '', 'e', '', ''])
    expect(rows.map((row) => row['opinion.label'] !== '')).toEqual([true, false, false, false, true, false, false])
    expect(rows[1]?.problem).toBe('line 3: The text is empty.')
  })

  it('reads JSONL and keeps its fields when asked to; predictions stand in a field of their own', async () => {
    const file = join(folder, 'rows.jsonl')
    writeFileSync(file, '{"text":"The plot was superb","n":{"deep":[1]},"opinion":"good"}\n{"no":1}\nnot json\n')
    const { stdout } = await predict({ input: { file }, output: { format: 'jsonl', keep: true } })
    const [good, missing, broken] = stdout.trim().split('\n').map(parseObject)
    expect(good).toMatchObject({
      n: { deep: [1] },
      opinion: 'good',
      id: '0',
      predictions: { opinion: { label: expect.any(String) } },
    })
    expect(missing).toMatchObject({ no: 1, line: 2, problem: 'There is no text under "text".' })
    expect(broken).toMatchObject({ line: 3, problem: 'Not one JSON object: not json' })
    const table = await predict({ input: { file }, output: { format: 'csv', keep: true } })
    expect(table.said('error')[0]).toMatchObject({ code: 'PREDICT_COLUMNS_UNKNOWN', exitCode: 2 })
  })

  it('keeps the columns of a table before its own, and takes text and id from other columns', async () => {
    const file = join(folder, 'other.tsv')
    writeFileSync(file, 'nr\tbody\topinion\n7\tThe waiter was poor\tbad\n')
    const { stdout } = await predict({ input: { file, text: 'body', id: 'nr' }, output: { format: 'tsv', keep: true } })
    const [head, row] = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
    expect(head?.slice(0, 6)).toEqual(['id', 'nr', 'body', 'opinion', 'opinion.label', 'opinion.confidence'])
    expect(row?.slice(0, 5)).toEqual(['7', '7', 'The waiter was poor', 'bad', 'bad'])
    const { said } = await predict({ input: { file } })
    expect(said('error')[0]).toMatchObject({ code: 'PREDICT_COLUMN_MISSING' })
  })

  it('leaves the output as it was when nothing can be predicted, and no half of a file', async () => {
    const output = join(folder, 'out.csv')
    writeFileSync(output, 'before')
    const refused = await predict({ input: { file: join(folder, 'nowhere.csv') }, output: { file: output } })
    expect(refused.said('error')[0]).toMatchObject({ code: 'DATA_FILE_MISSING' })
    expect(refused.said('error')[0]?.message).toMatch(/Nothing was predicted\.$/)
    expect(readFileSync(output, 'utf8')).toBe('before')
    expect((await predict({ output: { file: output } })).code).toBe(0)
    expect(rowsOf(readFileSync(output, 'utf8'))).toHaveLength(240)
    expect(existsSync(`${output}.part`)).toBe(false)
  })

  it('hears a signal in the middle of a large file, and leaves no half of the output', async () => {
    const [file, output] = [join(folder, 'large.csv'), join(folder, 'large.out.csv')]
    writeFileSync(file, `text\n${'The waiter was superb and the screen was dull\n'.repeat(400_000)}`)
    const request: PredictionRequest = {
      members: [{ name: 'a.1/0', folder: first }],
      calibration: 'none',
      input: { file },
      output: { file: output, format: 'csv', keep: false },
    }
    const child = spawn(process.execPath, [trainer.program, 'predict'], { stdio: ['pipe', 'ignore', 'pipe'] })
    let isAsked = false
    child.stderr.on('data', (part: Buffer) => {
      // Once: a second signal ends it on the spot.
      if (!isAsked && part.includes('"progress"')) isAsked = child.kill('SIGTERM')
    })
    child.stdin.end(JSON.stringify(request))
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(130)
    expect([output, `${output}.part`].filter((path) => existsSync(path))).toEqual([])
  })

  describe('refuses weights that', () => {
    /** A copy of the first trial that something is done to. */
    async function refusal(spoil: (dir: string) => void): Promise<unknown> {
      const dir = mkdtempSync(join(folder, 'spoiled-'))
      cpSync(first, dir, { recursive: true })
      spoil(dir)
      const { code, said, stdout } = await predict({ members: [{ name: 'a.1/0', folder: dir }], calibration: 'own' })
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      return said('error')[0]?.code
    }

    it('are missing', async () => {
      expect(await refusal((dir) => rmSync(join(dir, 'weights.safetensors')))).toBe('WEIGHTS_MISSING')
    })

    it('do not say that they were trained', async () => {
      const untrained = (dir: string) => {
        const path = join(dir, 'weights.safetensors')
        const bytes = readFileSync(path)
        const at = bytes.indexOf('"trained":"true"')
        bytes.write('"trained":"nope"', at)
        writeFileSync(path, bytes)
      }
      expect(await refusal(untrained)).toBe('WEIGHTS_UNTRAINED')
    })

    it('are not the bytes that were verified after training', async () => {
      const changed = (dir: string) => {
        const path = join(dir, 'weights.safetensors')
        const bytes = readFileSync(path)
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0x80
        writeFileSync(path, bytes)
      }
      expect(await refusal(changed)).toBe('WEIGHTS_CHANGED')
    })

    it('predict the validation rows otherwise than they did', async () => {
      const other = (dir: string) => cpSync(join(second, 'predictions'), join(dir, 'predictions'), { recursive: true })
      expect(await refusal(other)).toBe('WEIGHTS_NOT_REPRODUCED')
    })

    it('are not those that the calibration was fitted for', async () => {
      const other = (dir: string) =>
        cpSync(join(second, 'details/calibration.json'), join(dir, 'details/calibration.json'))
      expect(await refusal(other)).toBe('WEIGHTS_CHANGED')
    })
  })

  it('says that only the hash was checked when the data have gone', async () => {
    const file = join(folder, 'moved.csv')
    cpSync(data, file)
    const kept = readFileSync(data)
    rmSync(data)
    const { code, said } = await predict({ input: { file } })
    writeFileSync(data, kept)
    expect(code).toBe(0)
    expect(String(said('note')[0]?.text)).toMatch(/only the hash of the weights was checked/)
  })

  it('reads texts by a frozen encoder as training did, also for several seeds of it at once', async () => {
    const [model, cache] = [join(folder, 'model'), join(folder, 'cache')]
    writeModel(model, { width: 16 })
    const params = { data: { file: data, text: 'text', id: 'id', tasks: { opinion: 'opinion' } }, epochs: 2 }
    process.env.SWEEP_CACHE = cache
    try {
      const dirs = [join(folder, 'frozen-1'), join(folder, 'frozen-2')]
      for (const [i, dir] of dirs.entries()) {
        const hf = { encoder: `hf:${model}`, max_length: 16, learning_rate: 0.01 }
        expect(await attempt(trainer.program, dir, { params: { ...params, ...hf }, seed: i })).toMatchObject({
          code: 0,
        })
      }
      const members = dirs.map((dir, i) => ({ name: `hf.1/${i}`, folder: dir }))
      const { code, stdout, events } = await predict({ members, combine: { opinion: [0.5, 0.5] } })
      expect(code, JSON.stringify(events)).toBe(0)
      const rows = rowsOf(stdout)
      const [one, other] = dirs.map((dir) => readPredictionsSync(join(dir, 'predictions'))[0])
      one?.ids.forEach((id, n) => {
        const mean = ((one.probabilities[2 * n] as number) + (other?.probabilities[2 * n] as number)) / 2
        expect(Number(rows[Number(id)]?.['opinion.p.bad'])).toBeCloseTo(mean, 4)
      })
    } finally {
      delete process.env.SWEEP_CACHE
    }
  }, 60_000)

  it('has a model card beside the weights, with measured facts only', () => {
    const card = parseObject(readFileSync(join(first, 'model-card.json'), 'utf8')) as Record<string, never>
    const weights = parseObject(readFileSync(join(first, 'details/weights.json'), 'utf8'))
    expect(card).toMatchObject({
      format: 1,
      name: 'first',
      seed: 1,
      model: { encoder: 'hash', weights: { sha256: weights?.sha256 } },
      data: { sha256: weights?.data_hash },
    })
    const { test } = card.figures as unknown as { test: { task: string; macroF1: Record<string, number> }[] }
    for (const { macroF1 } of test) {
      expect(macroF1.low).toBeLessThanOrEqual(macroF1.estimate as number)
      expect(macroF1.high).toBeGreaterThanOrEqual(macroF1.estimate as number)
    }
    const text = readFileSync(join(first, 'model-card.md'), 'utf8')
    expect(text).toContain('### place: test')
    expect(text).toContain(String(weights?.sha256))
    expect(text).not.toMatch(/TODO|TBD|\[.*\]\(|undefined|NaN|n\/a/)
  })
})
