import { describe, expect, it } from 'vitest'
import { eventLines } from '../../src/commands/live/event-lines.ts'
import { plainLog } from '../../src/commands/live/plain-log.ts'
import { type Frame, renderFrame } from '../../src/commands/live/render.ts'
import { countStates } from '../../src/commands/live/tally.ts'
import { TerminalArea } from '../../src/commands/live/terminal-area.ts'
import { plain } from '../../src/commands/text/style.ts'
import { visibleWidth } from '../../src/commands/text/width.ts'
import { aLiveState, aSnapshot, STARTED } from './a-sweep.ts'

const snapshot = aSnapshot([
  { state: 'completed', value: 0.71, tookMs: 2000 },
  { state: 'completed', value: 0.73, tookMs: 2400 },
  { state: 'failed', reason: 'it crashed', tookMs: 100 },
  { state: 'running', progress: 0.5, curve: [[3, 0.6123]] },
  { state: 'running' },
])

function aFrame(changes: Partial<Frame> = {}): Frame {
  return {
    live: aLiveState(snapshot),
    counts: countStates(snapshot),
    leader: { label: 'gamma=0', mean: 0.72, halfWidth: 0.0421, seeds: 2 },
    remaining: { low: 4000, middle: 5000, high: 7000 },
    notes: ['trial 2 failed  it crashed'],
    now: STARTED + 7000,
    columns: 100,
    rows: 24,
    style: plain,
    ...changes,
  }
}

describe('a frame of the live view', () => {
  it('shows progress, time left, the leader with its interval, the slots and the last notes', async () => {
    await expect(`${renderFrame(aFrame()).join('\n')}\n`).toMatchFileSnapshot('../golden/live-frame.txt')
  })

  it('on a narrow and low terminal drops bars and counts the slots that do not fit', () => {
    const slots = Array.from({ length: 16 }, (_, i) => ({ id: `gpu${i}` }))
    const lines = renderFrame(aFrame({ live: { ...aLiveState(snapshot), slots }, columns: 40, rows: 10 }))
    expect(lines.length).toBeLessThanOrEqual(10)
    expect(lines.join('\n')).toContain('more slots')
  })

  it('promises no end where none is known', () => {
    const live = { ...aLiveState(snapshot), total: undefined }
    const [head] = renderFrame(aFrame({ live, remaining: undefined }))
    expect(head).toBe('gamma-grid.1  3 trials, 2 running, 1 failed · 7.0 s')
  })

  it('says what a second Ctrl-C does once the first one came', () => {
    const live = { ...aLiveState(snapshot), stopping: true }
    expect(renderFrame(aFrame({ live })).at(-1)).toContain('again kills')
  })
})

class FakeTerminal {
  columns = 40
  rows = 10
  written = ''
  write(text: string) {
    this.written += text
  }
}

describe('the area that is redrawn', () => {
  it('goes back over exactly the lines it drew, and hides the cursor only while it is open', () => {
    const terminal = new FakeTerminal()
    const area = new TerminalArea(terminal)
    area.draw(['one', 'two'])
    terminal.written = ''
    area.draw(['three'])
    expect(terminal.written).toBe('\u001b[?25l\u001b[2A\r\u001b[Jthree\n')
    area.close()
    expect(terminal.written.endsWith('\u001b[?25h')).toBe(true)
    expect(process.listeners('exit').length).toBe(0)
  })

  it('counts wrapped lines at the new width after the window became narrower', () => {
    const terminal = new FakeTerminal()
    const area = new TerminalArea(terminal)
    area.draw(['x'.repeat(38)])
    terminal.columns = 20
    terminal.written = ''
    area.clear()
    expect(terminal.written).toBe('\u001b[2A\r\u001b[J')
    area.close()
  })

  it('cuts lines and drops those that do not fit the window', () => {
    const terminal = new FakeTerminal()
    const area = new TerminalArea(terminal)
    area.draw(Array.from({ length: 30 }, () => 'y'.repeat(200)))
    const lines = terminal.written.trimEnd().split('\n')
    expect(lines).toHaveLength(9)
    expect(Math.max(...lines.slice(1).map(visibleWidth))).toBe(39)
    area.close()
  })
})

describe('the plain log', () => {
  const live = aLiveState(snapshot)
  const ended = (trial: number, state: 'completed' | 'failed') =>
    ({ t: STARTED, type: 'trial-state', trial, state }) as const

  it('has one line for each trial that ended, with its value or its reason', () => {
    const lineOf = eventLines(plain)
    expect(lineOf(ended(0, 'completed'), live)).toBe(
      'trial 0 completed  val/macro_f1 0.7100  gamma=0 boost.rare=1 seed 1  2.0 s',
    )
    expect(lineOf(ended(2, 'failed'), live)).toContain('it crashed')
    expect(lineOf({ t: STARTED, type: 'space-exhausted' }, live)).toBeUndefined()
  })

  it('leaves out of the reason for a stop what it has just said of the last trial', () => {
    const reason =
      'The first 2 trials all failed, so the sweep was stopped. The last one, trial 1: It crashed.\n  KeyError'
    const stopped = { t: STARTED, type: 'sweep-state', state: 'stopped', reason } as const
    expect(eventLines(plain)({ ...stopped, by: 'failures' }, live)).toBe(
      'sweep stopped: The first 2 trials all failed, so the sweep was stopped.',
    )
    expect(eventLines(plain)({ ...stopped, by: 'person' }, live)).toContain('KeyError')
  })

  it('tells a note once, however many trials repeat it', () => {
    const lineOf = eventLines(plain)
    const note = (trial: number, text: string) => ({ t: STARTED, type: 'note', level: 'warn', text, trial }) as const
    expect(lineOf(note(0, 'A weight hit its cap.'), live)).toBe('warn (trial 0): A weight hit its cap.')
    expect(lineOf(note(1, 'A weight hit its cap.'), live)).toBeUndefined()
    expect(lineOf(note(1, 'Another.'), live)).toBe('warn (trial 1): Another.')
  })

  it('sums up after every tenth trial', () => {
    let written = ''
    const view = plainLog({
      write: (text) => {
        written += text
      },
      now: () => STARTED + 7000,
      leader: () => ({ label: 'gamma=0', mean: 0.72, halfWidth: undefined, seeds: 1 }),
      style: plain,
    })
    for (let i = 0; i < 10; i++) view.event(ended(0, 'completed'), live)
    view.close()
    const lines = written.trimEnd().split('\n')
    expect(lines).toHaveLength(11)
    expect(lines[10]).toMatch(/-- 3 of 8 trials, 2 running, 1 failed · 7\.0 s · .* left · best 0\.7200 gamma=0$/)
  })
})
