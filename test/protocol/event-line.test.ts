import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseEventLine } from '../../src/protocol/event-line.ts'

describe('parseEventLine', () => {
  it.each([
    [
      '{"step": 3, "val/f1": 0.5, "train/loss": 1}',
      { kind: 'report', step: 3, metrics: { 'val/f1': 0.5, 'train/loss': 1 } },
    ],
    ['{"epoch": 2, "loss": 1}', { kind: 'report', step: 2, metrics: { loss: 1 } }],
    ['{"step": 7, "epoch": 2, "loss": 1}', { kind: 'report', step: 7, metrics: { loss: 1 } }],
    ['{"loss": 1, "name": "x", "tags": [1]}', { kind: 'report', metrics: { loss: 1 } }],
    ['{"step": "3", "loss": 1}', { kind: 'report', metrics: { loss: 1 } }],
    [
      '{"loss": NaN, "b": -Infinity, "text": "NaN"}',
      { kind: 'report', metrics: { loss: Number.NaN, b: -Infinity, text: Number.NaN } },
    ],
    [
      '{"loss": null, "a": "inf", "b": "-Infinity"}',
      { kind: 'report', metrics: { loss: Number.NaN, a: Infinity, b: -Infinity } },
    ],
    ['{"event": "result", "f1": 0.5}', { kind: 'result', metrics: { f1: 0.5 } }],
    ['{"event": "progress", "fraction": 1.5}', { kind: 'progress', fraction: 1 }],
    ['{"event": "note", "text": "hm"}', { kind: 'note', level: 'info', text: 'hm' }],
    ['{"event": "note", "level": "warn", "text": "hm"}', { kind: 'note', level: 'warn', text: 'hm' }],
    ['{"event": "artifact", "kind": "weights", "path": "w"}', { kind: 'artifact', artifact: 'weights', path: 'w' }],
  ])('reads %s', (line, event) => expect(parseEventLine(line)).toEqual(event))

  it.each([
    '',
    'epoch 3: loss 0.5',
    '{"step": 3, "loss": 0.',
    '{"step": 3}',
    '[1, 2]',
    '{"event": "explosion", "loss": 1}',
    '{"event": "progress", "fraction": null}',
    '{"event": "note", "text": 3}',
    '{"event": "artifact", "path": "x"}',
    '{"event": null, "x": "y"}',
  ])('passes over %s', (line) => expect(parseEventLine(line)).toBeUndefined())

  it('never throws, whatever stands in the line', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        parseEventLine(line)
      }),
    )
  })
})
