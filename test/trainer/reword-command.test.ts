import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { cachedWordings } from '../../src/trainer/augmentation/reword-cache.ts'
import { askProgram } from '../../src/trainer/augmentation/reword-command.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

const folder = temporaryFolder()
const program = join(folder, 'reword.mjs')
const asked = join(folder, 'asked.txt')
const command = [process.execPath, program]

/** Answers each text with itself and a number, and leaves a line for every text that it was asked. */
const GOOD = `
import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
const answers = []
for await (const line of createInterface({ input: process.stdin })) {
  const { id, text, answers: count } = JSON.parse(line)
  appendFileSync(${JSON.stringify(asked)}, text + '\\n')
  const texts = Array.from({ length: count }, (_, i) => text + ' ' + i)
  if (text !== 'none') answers.unshift(JSON.stringify({ id, texts }))
}
console.log(answers.join('\\n'))
`

const times = () =>
  readFileSync(asked, 'utf8')
    .split('\n')
    .filter((line) => line !== '')

beforeEach(() => {
  writeFileSync(program, GOOD)
  writeFileSync(asked, '')
})

describe('a program that words texts anew', () => {
  it('answers line by line in any order, and may leave texts out', async () => {
    const found = await askProgram(command, { texts: ['a "quoted"\nline', 'none', 'ü'], answers: 2 })
    expect(found).toEqual([['a "quoted"\nline 0', 'a "quoted"\nline 1'], [], ['ü 0', 'ü 1']])
  })

  it.each([
    ['ends with an error', 'console.error("no such model"); process.exit(3)', /ended with 3.*no such model/s],
    ['is killed', 'process.kill(process.pid, "SIGKILL")', /was killed by SIGKILL/],
    ['answers something else', 'console.log("hello")', /answered in line 1: hello.*Expected \{"id"/],
    ['answers what was not asked', 'console.log(JSON.stringify({ id: 7, texts: [] }))', /id below 1/],
  ])('is refused when it %s', async (_, source, message) => {
    writeFileSync(program, source)
    await expect(askProgram(command, { texts: ['a'], answers: 1 })).rejects.toThrow(message)
  })

  it('is named when it cannot be started', async () => {
    await expect(askProgram([join(folder, 'nothing')], { texts: ['a'], answers: 1 })).rejects.toThrow(
      /cannot be started/,
    )
  })
})

describe('kept wordings', () => {
  const say = () => {}

  it('are asked for once, and again only for new texts, more answers or another program', async () => {
    const place = join(folder, 'kept')
    const ask = (texts: string[], answers = 1) => cachedWordings({ command, folder: place, say })(texts, answers)
    expect(await ask(['a', 'b', 'a'])).toEqual([['a 0'], ['b 0'], ['a 0']])
    expect(times()).toEqual(['a', 'b'])
    expect(await ask(['b', 'c'])).toEqual([['b 0'], ['c 0']])
    expect(times()).toEqual(['a', 'b', 'c'])
    await ask(['a'], 2)
    expect(times()).toEqual(['a', 'b', 'c', 'a'])
    expect(await ask(['a'])).toEqual([['a 0']])
    expect(times().length).toBe(4)
    writeFileSync(program, `${GOOD}// another version\n`)
    await ask(['a'])
    expect(times().length).toBe(5)
  })

  it('are asked for by one of several trials at once', async () => {
    const place = join(folder, 'shared')
    mkdirSync(place)
    const ask = () => cachedWordings({ command, folder: place, say })(['a'], 1)
    await Promise.all([ask(), ask(), ask()])
    expect(times()).toEqual(['a'])
  })
})
