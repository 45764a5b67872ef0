import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quickstartTasks } from '../../src/trainer/data/quickstart-tasks.ts'
import { checkSettings, type RawParams, resolveSettings, settingNames } from '../../src/trainer/settings.ts'

const resolve = (params: RawParams) => resolveSettings({ data: 'quickstart', ...params }, quickstartTasks)
const check = (params: RawParams) => checkSettings({ data: 'quickstart', ...params })
const recipe = [
  { name: 'sentiment', classes: ['negative', 'neutral', 'positive'] },
  { name: 'polarization', classes: ['non_polarized', 'objective', 'partisan'] },
]

describe('values by task and class', () => {
  it('lets one number hold for all', () => {
    const { tasks } = resolve({ gamma: 2, boost: 3 })
    expect([...tasks.values()].map(({ gamma }) => gamma)).toEqual([2, 2])
    expect(tasks.get('venue')?.boost).toEqual([3, 3, 3])
  })

  it.each([
    [{ gamma: 1, 'gamma.venue': 2 }],
    [{ gamma: { venue: 2, sentiment: 1 } }],
    [{ 'gamma.venue': 2, 'gamma.sentiment': 1, gamma: 9 }],
    [{ 'gamma.venue': 2, gamma: { venue: 5, sentiment: 1 } }],
  ])('lets the more specific and the dotted win: %j', (params) => {
    const { tasks } = resolve(params)
    expect([tasks.get('sentiment')?.gamma, tasks.get('venue')?.gamma]).toEqual([1, 2])
  })

  it.each([
    [{ 'boost.yelp': 6 }],
    [{ boost: { yelp: 6 } }],
    [{ boost: { venue: { yelp: 6 } } }],
    [{ 'boost.venue.yelp': 6 }],
    [{ 'boost.venue': { yelp: 6 }, 'boost.yelp': 3 }],
    [{ boost: { venue: 1 }, 'boost.yelp': 6 }],
  ])('finds a class by its name or under its task: %j', (params) => {
    expect(resolve(params).tasks.get('venue')?.boost).toEqual([1, 1, 6])
  })

  it('does not depend on the order in which parameters are written', () => {
    const entries: [string, unknown][] = [
      ['boost', { venue: 2, imdb: 3 }],
      ['boost.yelp', 6],
      ['boost.venue.yelp', 7],
      ['gamma', 1],
      ['gamma.venue', 2],
    ]
    const expected = resolve(Object.fromEntries(entries)).tasks
    fc.assert(
      fc.property(fc.shuffledSubarray(entries, { minLength: entries.length }), (shuffled) => {
        expect(resolve(Object.fromEntries(shuffled)).tasks).toEqual(expected)
      }),
    )
  })

  it('asks which task is meant when two have a class of that name', () => {
    const twins = [
      { name: 'a', classes: ['yes', 'no'] },
      { name: 'b', classes: ['yes', 'no'] },
    ]
    const act = () => resolveSettings({ data: 'quickstart', 'boost.yes': 2 }, twins)
    expect(act).toThrow(/"yes" is a class of several tasks \(a, b\).*Try: boost\.a\.yes/)
  })
})

describe('the encoder', () => {
  it('decides which defaults hold where nothing is written', () => {
    expect(resolve({})).toMatchObject({ learningRate: 0.3, adamEpsilon: 0.01, batchSize: 64 })
    expect(resolve({ encoder: 'hf:x' })).toMatchObject({ learningRate: 1e-3, adamEpsilon: 1e-8, batchSize: 64 })
    const tuned = { encoder: 'hf:x', unfreeze_layers: 'all' }
    expect(resolve(tuned)).toMatchObject({ learningRate: 2e-5, adamEpsilon: 1e-8, batchSize: 16 })
    expect(resolve({ ...tuned, learning_rate: 1, batch_size: 8 })).toMatchObject({ learningRate: 1, batchSize: 8 })
    expect(resolve({ ...tuned, preset: 'run-1' })).toMatchObject({ learningRate: 2.5e-5, batchSize: 16 })
  })
})

describe('presets', () => {
  it('carry the numbers of the recipe', () => {
    const settings = resolveSettings({ data: 'quickstart', preset: 'run-2' }, recipe)
    expect(settings).toMatchObject({ epochs: 20, patience: 8, batchSize: 16, gradientAccumulation: 3, layers: 3 })
    expect(settings.tasks.get('polarization')).toMatchObject({
      gamma: 3.5,
      labelSmoothing: 0.08,
      taskWeight: 1.3,
      classMultiplier: [1.2, 2.5, 0.95],
      boost: [1, 10, 1],
    })
    expect(settings.notes).toHaveLength(1)
    expect(settings.notes[0]).toMatch(/Not used by the frozen hash encoder.*pooling.*layerwise_lr_decay/)
  })

  it('lose against what is written, however general', () => {
    expect(resolve({ preset: 'run-1', gamma: 1, epochs: 3 })).toMatchObject({ epochs: 3 })
    expect(resolve({ preset: 'run-1', gamma: 1 }).tasks.get('sentiment')?.gamma).toBe(1)
  })

  it('say which of their names this data does not have', () => {
    const { notes } = resolve({ preset: 'run-1' })
    expect(notes.join('\n')).toMatch(/left out:.*gamma\.polarization.*boost\.objective/)
  })
})

describe('checking', () => {
  it.each([
    [{ epochz: 3 }, 'epochz', 'epochs'],
    [{ 'boots.yelp': 3 }, 'boots.yelp', undefined],
    [{ epochs: 0 }, 'epochs', undefined],
    [{ epochs: 2.5 }, 'epochs', undefined],
    [{ gamma: -1 }, 'gamma', undefined],
    [{ gamma: '2' }, 'gamma', undefined],
    [{ 'gamma.venu': 1 }, 'gamma.venu', 'gamma.venue'],
    [{ 'boost.yelpp': 2 }, 'boost.yelpp', 'boost.yelp'],
    [{ preset: 'run-3' }, 'preset', undefined],
    [{ encoder: 'bert' }, 'encoder', 'encoder: hf:bert'],
    [{ data: { file: 'nowhere.csv', tasks: { a: 'a' } } }, 'data.file', undefined],
  ])('complains about %j at its place', (params, path, fix) => {
    const [problem, ...others] = check(params)
    expect(others).toEqual([])
    expect(problem?.path).toBe(path)
    expect(problem?.message).toMatch(/\.$/)
    if (fix !== undefined) expect(problem?.fix).toBe(fix)
  })

  it('reports everything at once', () => {
    expect(check({ epochz: 3, epochs: 0, 'gamma.venu': 1, encoder: 'bert' }).map(({ path }) => path)).toEqual([
      'epochz',
      'epochs',
      'encoder',
      'gamma.venu',
    ])
  })

  it('wants to know the data', () => {
    expect(checkSettings({ data: { file: 'a.csv', labels: 3 } }).map(({ path, message }) => [path, message])).toEqual([
      ['data.tasks', expect.stringContaining('data.tasks is not given.')],
      ['data.labels', expect.stringContaining('labels')],
    ])
    expect(checkSettings({})).toEqual([{ path: 'data', message: 'data is not given.', fix: 'data: quickstart' }])
  })

  it('finds nothing wrong with the presets', () => {
    expect(check({ preset: 'run-1' })).toEqual([])
    expect(settingNames()).toContain('class_multiplier')
  })
})
