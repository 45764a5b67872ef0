import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TaskPredictions } from '../../src/protocol/predictions.ts'
import { writeCurve } from '../../src/trainer/outputs/write-curve.ts'
import { writeDetails } from '../../src/trainer/outputs/write-details.ts'
import { writeSplits } from '../../src/trainer/outputs/write-splits.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

const folder = temporaryFolder()
const read = (name: string) => readFileSync(join(folder, name), 'utf8')

const mood: TaskPredictions = {
  task: 'mood',
  split: 'test',
  classes: ['bad', 'good'],
  ids: ['a', 'b', 'c', 'd'],
  labels: Int32Array.of(0, 0, 1, 1),
  probabilities: Float32Array.of(0.9, 0.1, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6),
}
const place: TaskPredictions = {
  ...mood,
  task: 'place',
  classes: ['x', 'y'],
  labels: Int32Array.of(0, 1, 0, -1),
  probabilities: Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1),
}

describe('details', () => {
  it('give every class its figures, every pair of tasks its cross table, and count what was confused', () => {
    writeDetails(folder, [mood, place])
    expect(read('text-classifier_mood_per_class.csv')).toBe(
      'class,precision,recall,f1,support\nbad,1.0000,0.5000,0.6667,2\ngood,0.6667,1.0000,0.8000,2\n',
    )
    expect(read('text-classifier_mood_confusion.csv')).toBe('true,bad,good\nbad,1,1\ngood,0,2\n')
    expect(read('mood_given_place.csv')).toBe(
      'place,mood,support,predicted,precision,recall,f1\nx,bad,1,1,1.0000,1.0000,1.0000\n' +
        'x,good,1,1,1.0000,1.0000,1.0000\ny,bad,1,0,0.0000,0.0000,0.0000\ny,good,0,1,0.0000,0.0000,0.0000\n',
    )
  })

  it('count the rows of each class in each split, and those without a label', () => {
    const labels = new Map([['mood', Int32Array.of(0, 1, 1, -1)]])
    const splits = { train: Int32Array.of(0, 1, 3), val: Int32Array.of(2), test: new Int32Array() }
    writeSplits(folder, { tasks: [{ name: 'mood', classes: ['bad', 'good'] }], labels, splits })
    expect(read('splits.csv')).toBe(
      'task,class,train,val,test\nmood,bad,1,0,0\nmood,good,1,1,0\nmood,(not labelled),1,0,0\n',
    )
  })

  it('keep a curve whose columns appear late', () => {
    writeCurve(folder, [
      { epoch: 1, loss: 2 },
      { epoch: 2, loss: 1, f1: 0.5 },
    ])
    expect(read('curve.csv')).toBe('epoch,loss,f1\n1,2,\n2,1,0.5\n')
  })
})
