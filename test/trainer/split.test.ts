import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stratifiedSplit } from '../../src/trainer/data/stratified-split.ts'

const shares = { val: 0.2, test: 0.2, seed: 1 }
const PARTS = ['train', 'val', 'test'] as const

/** Two tasks with two and three classes and rows without a label; rare combinations are drawn as well. */
const labelled = fc
  .array(fc.tuple(fc.constantFrom(0, 0, 0, 1, -1), fc.constantFrom(0, 0, 0, 0, 0, 1, 1, 2)), {
    minLength: 1,
    maxLength: 300,
  })
  .map((rows) => [0, 1].map((task) => Int32Array.from(rows, (row) => row[task] as number)))

const all = ({ train, val, test }: Record<(typeof PARTS)[number], Int32Array>) =>
  [...train, ...val, ...test].sort((a, b) => a - b)

const share = { train: 0.6, val: 0.2, test: 0.2 }

describe('the stratified split', () => {
  it('gives every frequent combination its shares to less than a row, and loses none', () => {
    fc.assert(
      fc.property(labelled, (labels) => {
        const { splits } = stratifiedSplit({ labels }, shares)
        const keys = Array.from(labels[0] ?? [], (_, row) => labels.map((of) => of[row]).join(' '))
        expect(all(splits)).toEqual(keys.map((_, row) => row))
        for (const key of new Set(keys)) {
          const total = keys.filter((other) => other === key).length
          if (total < 5) continue
          for (const part of PARTS) {
            const rows = [...splits[part]].filter((row) => keys[row] === key).length
            expect(Math.abs(rows - share[part] * total)).toBeLessThan(1)
          }
        }
      }),
    )
  })

  it('divides combinations that are all rare so that every single label comes out even', () => {
    // Eight tasks of two classes: 256 combinations for 200 rows, nearly all of them rare.
    const labels = Array.from({ length: 8 }, (_, task) =>
      Int32Array.from({ length: 200 }, (_, row) =>
        (row * (2 * task + 3) + Math.floor(row / (task + 2))) % 7 < 2 ? 1 : 0,
      ),
    )
    const { splits, rareRows } = stratifiedSplit({ labels }, shares)
    expect(rareRows).toBeGreaterThan(50)
    const off = labels.flatMap((of) => {
      const total = of.filter((label) => label === 1).length
      return PARTS.map((part) => Math.abs(splits[part].filter((row) => of[row] === 1).length - share[part] * total))
    })
    // Drawn at random the mean is 2.4 rows.
    expect(off.reduce((sum, rows) => sum + rows, 0) / off.length).toBeLessThan(1)
  })

  it('is the same each time, and another one with another seed', () => {
    const labels = [Int32Array.from({ length: 100 }, (_, i) => i % 3)]
    const once = stratifiedSplit({ labels }, shares)
    expect(stratifiedSplit({ labels }, shares)).toEqual(once)
    expect(stratifiedSplit({ labels }, { ...shares, seed: 2 }).splits.val).not.toEqual(once.splits.val)
  })
})

describe('rows that stay together', () => {
  /** Every row has one of up to 40 authors; those with one row are no unit. */
  const grouped = labelled.chain((labels) =>
    fc
      .array(fc.integer({ min: 0, max: 40 }), { minLength: labels[0]?.length ?? 0, maxLength: labels[0]?.length ?? 0 })
      .map((authors) => {
        const units = [...new Set(authors)].map((author) =>
          authors.flatMap((other, row) => (other === author ? [row] : [])),
        )
        return { labels, units: units.filter(({ length }) => length > 1) }
      }),
  )

  it('are never in two splits, and no row is lost', () => {
    fc.assert(
      fc.property(grouped, ({ labels, units }) => {
        const { splits } = stratifiedSplit({ labels, units }, shares)
        expect(all(splits)).toEqual(Array.from(labels[0] ?? [], (_, row) => row))
        for (const unit of units) {
          const homes = PARTS.filter((part) => unit.some((row) => splits[part].includes(row)))
          expect(homes.length).toBe(1)
        }
      }),
    )
  })

  it('leave every split within its largest unit of its share', () => {
    fc.assert(
      fc.property(grouped, ({ labels, units }) => {
        const { splits } = stratifiedSplit({ labels, units }, shares)
        const rows = labels[0]?.length ?? 0
        const largest = Math.max(1, ...units.map(({ length }) => length))
        // The combinations of single rows add less than a row each: at most 9 here.
        for (const part of PARTS) expect(Math.abs(splits[part].length - share[part] * rows)).toBeLessThan(largest + 9)
      }),
    )
  })

  it('spread a class over the splits as evenly as whole units can', () => {
    // 60 authors of five rows; each third author writes in the rare class only.
    const units = Array.from({ length: 60 }, (_, author) => Array.from({ length: 5 }, (_, i) => 5 * author + i))
    const labels = [Int32Array.from({ length: 300 }, (_, row) => (Math.floor(row / 5) % 3 === 0 ? 1 : 0))]
    const { splits } = stratifiedSplit({ labels, units }, shares)
    const rare = PARTS.map((part) => splits[part].filter((row) => labels[0]?.[row] === 1).length)
    expect(rare).toEqual([60, 20, 20])
  })
})
