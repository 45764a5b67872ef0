import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeFileAtomic } from '../../src/base/atomic-file.ts'
import { temporaryFolder } from './temporary-folder.ts'

describe('writeFileAtomic', () => {
  it('replaces the file as a whole and leaves nothing beside it', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'a.json')
    writeFileAtomic(path, 'a long first content')
    writeFileAtomic(path, new Uint8Array([104, 105]), { durable: false })
    expect(readFileSync(path, 'utf8')).toBe('hi')
    expect(readdirSync(folder)).toEqual(['a.json'])
  })

  it('leaves the old content and no temporary file when the write fails', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'a')
    mkdirSync(path)
    writeFileSync(join(path, 'inside'), 'x')
    expect(() => writeFileAtomic(path, 'y')).toThrow(/EISDIR|ENOTEMPTY|EEXIST/)
    expect(readdirSync(folder)).toEqual(['a'])
    expect(readdirSync(path)).toEqual(['inside'])
  })

  it.skipIf(process.getuid?.() === 0)('throws the system error in a read-only folder (skipped for root)', () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o555)
    expect(() => writeFileAtomic(join(folder, 'a'), 'x')).toThrow('EACCES')
    chmodSync(folder, 0o755)
  })
})
