import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Registry } from '../../src/base/registry.ts'
import type { Block, ReportContext, Section } from '../../src/reports/block.ts'
import { PALETTE } from '../../src/reports/palette.ts'
import { renderers } from '../../src/reports/renderers/index.ts'
import { drawFigures } from '../../src/reports/write-report.ts'
import type { SweepSnapshot } from '../../src/trial/trial.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import {
  allFailedSnapshot,
  emptySnapshot,
  oneTrialSnapshot,
  poisonedSnapshot,
  previousSnapshot,
  realisticEnsemble,
  realisticSnapshot,
  withoutMetric,
  writeTrialFiles,
} from '../reports/fixture.ts'

/** What every report section promises, looped over the registry: any state of a sweep, both renderers, nothing unsafe. */
export function reportSectionContract(sections: Registry<Section>): void {
  const folder = temporaryFolder()

  const cases: Record<string, SweepSnapshot> = {
    'an empty sweep': emptySnapshot(),
    'one trial': oneTrialSnapshot(),
    'a sweep whose trials all failed': allFailedSnapshot(),
    'a sweep without a metric': withoutMetric(),
    'a finished sweep': realisticSnapshot(),
    'a sweep full of hostile text': poisonedSnapshot(),
  }
  const contexts = Object.entries(cases).map(([name, snapshot], i) => {
    const sweepDir = join(folder, String(i), 'runs', 'made-up.3')
    // Trials of an external trainer leave no files; the last two cases have them.
    if (i >= 4) writeTrialFiles(sweepDir, snapshot)
    const context: ReportContext = {
      snapshot,
      sweepDir,
      ...(i >= 4 ? { previous: previousSnapshot(), ensemble: realisticEnsemble(name) } : {}),
    }
    return { name, context }
  })

  for (const [sectionName, made] of Object.entries(sections)) {
    describe(`section ${sectionName}`, () => {
      for (const { name, context } of contexts) {
        it(`copes with ${name}, in every renderer, safely`, async () => {
          const section = made.create({})
          const answer = section.render(context)
          const blocks: Block[] = answer === 'nothing to show' ? [{ kind: 'text', text: 'Nothing to show.' }] : answer
          expect(blocks.length, 'an empty list says nothing; say "nothing to show"').toBeGreaterThan(0)
          expect(section.title).not.toBe('')
          const figures = await drawFigures(blocks)
          for (const svg of figures.values()) expectSafePicture(svg)
          const report = {
            title: 'T',
            blocks: [{ kind: 'heading', level: 2, text: section.title } as const, ...blocks],
            figures,
          }
          expectSafeHtml(renderers.html.create({}).render(report))
          expectSafeMarkdown(renderers.markdown.create({}).render(report))
        })
      }

      it('answers the same twice and changes nothing of the snapshot', () => {
        for (const { context } of contexts) {
          const before = JSON.stringify(context.snapshot)
          const withoutFunctions = () => JSON.stringify(made.create({}).render(context))
          expect(withoutFunctions()).toBe(withoutFunctions())
          expect(JSON.stringify(context.snapshot)).toBe(before)
        }
      })
    })
  }
}

const OUTSIDE = /(?:src|href|url)\s*[=(]\s*["']?\s*(?:https?:|\/\/|javascript:|data:)/i

function expectSafeHtml(page: string): void {
  expect(page).not.toMatch(OUTSIDE)
  expect(page, 'no script').not.toMatch(/<script|<img|<iframe|<link|\son\w+=/i)
  expect(page, 'text from data is escaped').not.toContain('<b>evil')
  expect(page).not.toContain('undefined')
  expect(page).not.toContain('[object')
}

function expectSafeMarkdown(text: string): void {
  const prose = text.replace(/^(`{3,})[^\n]*\n[\s\S]*?\n\1$/gm, '')
  expect(prose, 'no HTML out of data').not.toMatch(/<[a-z!/]/i)
  expect(prose, 'no live link out of data').not.toMatch(/https?:\/\/|(?<!\\)\]\((?!figures\/)/)
  expect(prose).not.toContain('undefined')
  const rows = prose.split('\n').filter((line) => line.startsWith('| '))
  for (const row of rows) expect(row.endsWith(' |'), `a table row in one line: ${row}`).toBe(true)
}

const COLOURS = new Set<string>(Object.values(PALETTE).map(({ light }) => light))

function expectSafePicture(svg: string): void {
  expect(svg).not.toMatch(/<script|<style|<image|href=|\bNaN\b|undefined/)
  const visible = svg.replace(/<clipPath[\s\S]*?<\/clipPath>/g, '')
  const fills = [...visible.matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, value]) => value as string)
  for (const fill of fills) {
    if (fill === 'none') continue
    expect(COLOURS.has(fill), `colour ${fill} is not of the palette, so it does not follow dark mode`).toBe(true)
  }
}
