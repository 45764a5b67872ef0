import { describe, expect, it } from 'vitest'
import { childrenByParent, type SeenProcess, withDescendants } from '../../src/base/process-tree.ts'

const made = (pid: number, parent: number): SeenProcess => ({ pid, parent, group: pid, session: pid, startTime: '1' })
const pids = (found: readonly SeenProcess[]) => found.map(({ pid }) => pid)

describe('a tree of processes', () => {
  it('holds its roots that run and everything below them', () => {
    const all = [made(2, 1), made(3, 2), made(4, 3), made(5, 1), made(6, 9)]
    expect(pids(withDescendants(new Set([2, 6, 7]), all))).toEqual([2, 6, 3, 4])
    expect(pids(withDescendants(new Set([3]), all, childrenByParent(all)))).toEqual([3, 4])
  })

  it('is found in time that grows no faster than the number of children', () => {
    const count = 200_000
    const all = [made(1, 0), ...Array.from({ length: count }, (_, i) => made(i + 2, 1))]
    // A copy of the siblings for each child would be 20 billion places.
    expect(withDescendants(new Set([1]), all)).toHaveLength(count + 1)
  })
})
