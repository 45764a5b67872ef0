import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { writeTexts } from '../trainer/support/trainer-process.ts'
import { NOT_BUILT, sweep } from './cli.ts'

describe.skipIf(NOT_BUILT)(`train and predict${NOT_BUILT ? ' (skipped because dist/ is not built)' : ''}`, () => {
  let folder: string
  let trained: Awaited<ReturnType<typeof sweep>>
  beforeAll(async () => {
    folder = temporaryFolder()
    writeTexts(join(folder, 'texts.csv'), 200)
    const columns = ['--text', 'text', '--id', 'id', '--task', 'opinion', '--task', 'where=place']
    const set = ['--set', 'epochs=2', '--set', 'feature_width=64', '--set', 'gamma.where=1']
    trained = await sweep(['train', '--data', 'texts.csv', ...columns, ...set, '--seed', '5'], { folder })
  }, 60_000)

  it('trains one trial as a sweep in runs/, and shows its log as it comes', () => {
    expect(trained.code, trained.stderr).toBe(0)
    expect(trained.stderr).toMatch(/train\.1 starts\.[\s\S]*epoch 1\/2[\s\S]*epoch 2\/2[\s\S]*weights verified/)
    expect(trained.stdout).toMatch(/train\.1 trial 0[\s\S]*seed +5[\s\S]*sweep predict train\.1\/0 FILE/)
    const settings = JSON.parse(readFileSync(join(folder, 'runs/train.1/trials/0000/details/settings.json'), 'utf8'))
    expect(settings).toMatchObject({ epochs: 2, tasks: { where: { gamma: 1 }, opinion: { gamma: 0 } } })
    expect(existsSync(join(folder, 'runs/train.1/trials/0000/model-card.md'))).toBe(true)
    expect(existsSync(join(folder, 'reports/train.1/report.html'))).toBe(true)
  })

  it('can be shown, and predicts: as the only trial of its sweep, or by its number', async () => {
    expect((await sweep(['show', 'train.1', '0'], { folder })).code).toBe(0)
    const [byName, byNumber] = await Promise.all([
      sweep(['predict', 'train', 'texts.csv'], { folder }),
      sweep(['predict', 'train.1', '0', 'texts.csv'], { folder }),
    ])
    expect(byName.code, byName.stderr).toBe(0)
    expect(byName.stdout).toBe(byNumber.stdout)
    expect(byName.stdout.split('\n')).toHaveLength(202)
    expect(byName.stdout).toMatch(
      /^id,opinion\.label,opinion\.confidence,opinion\.p\.bad,opinion\.p\.good,where\.label/,
    )
    expect(byName.stderr).toMatch(/200 rows by trial train\.1\/0/)
  })

  it('writes a file and one object with --json, and exits with 2 when rows could not be read', async () => {
    writeFileSync(join(folder, 'new.csv'), 'text\nThe soup was great\n\n"a"b\nThe call was dull\n')
    const argv = ['predict', 'train.1/0', 'new.csv', '--output', 'out.jsonl', '--json']
    const { code, stdout, stderr } = await sweep(argv, { folder })
    expect(code).toBe(2)
    expect(stderr).toMatch(/line 4: A closing quote is followed by text/)
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      rows: 3,
      unreadable: 1,
      members: ['train.1/0'],
      output: join(folder, 'out.jsonl'),
      error: { code: 'PREDICT_ROWS_UNREADABLE', exitCode: 2 },
    })
    expect(readFileSync(join(folder, 'out.jsonl'), 'utf8').trim().split('\n')).toHaveLength(3)
  })

  it('takes fixed params from a sweep file, and a flag wins over them', async () => {
    const file = {
      method: 'grid',
      trainer: 'text-classifier',
      metric: { name: 'val/macro_f1.opinion', goal: 'maximize' },
    }
    const params = {
      data: { file: 'texts.csv', tasks: { opinion: 'opinion' } },
      epochs: 3,
      gamma: 2,
      feature_width: 64,
    }
    const yaml = JSON.stringify({ ...file, params, parameters: { dropout: { values: [0, 0.5] } } })
    writeFileSync(join(folder, 'like.yaml'), yaml)
    const argv = ['train', '--sweep', 'like.yaml', '--set', 'epochs=1', '--name', 'by hand', '--json']
    const { code, stdout, stderr } = await sweep(argv, { folder })
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      id: 'by-hand.1',
      fixed: { epochs: 1, gamma: 2 },
      metric: { name: 'val/macro_f1.opinion' },
      trial: { number: 0, state: 'completed' },
    })
  })

  it.each([
    [['train'], 'TRAIN_INCOMPLETE', /needs data/],
    [['train', '--data', 'texts.csv'], 'TRAIN_INCOMPLETE', /needs a task/],
    [['train', '--data', 'texts.csv', '--task', 'opinon', '--set', 'gama=2'], 'SETTING', /gama is no parameter[\s\S]*/],
    [['predict', 'train.1/7', 'texts.csv'], 'TRIAL_UNKNOWN', /has no trial 7/],
    [['predict', 'train.1', 'texts.csv', '--json'], 'USAGE', /need a file of their own/],
    [['predict', 'train.1', 'texts.csv', '--output', 'out.xls'], 'PREDICT_FORMAT', /out\.xls/],
    [['predict', 'train.1', 'missing.csv'], 'DATA_FILE_MISSING', /Nothing was predicted/],
    [['predict', 'train.1', 'texts.csv', '--text', 'body'], 'PREDICT_COLUMN_MISSING', /no column "body"/],
  ])('refuses %j with %s', async (argv, code, words) => {
    const refused = await sweep(argv, { folder })
    expect(refused.code).toBe(2)
    expect(refused.stderr + refused.stdout).toContain(code)
    expect(refused.stderr + refused.stdout).toMatch(words)
  })
})
