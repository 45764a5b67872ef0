import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import type { FactorEffect } from '../../statistics/parameter-effects.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { axisNumber, nameAxis, roomForNames, valueAxis } from '../chart-style.ts'
import { bestLevel, matters, type ParameterEffects, parameterEffects } from '../factors.ts'
import { factsOf, type SweepFacts } from '../facts.ts'
import { cellOf, chance, countCell, metricCell, metricText, percent, rangeText } from '../numbers.ts'
import { colour } from '../palette.ts'
import { cut } from '../params.ts'

const PANELS = 4
const MOST_DOTS = 400
const SHOWN = 15

function sharePicture({ factors, noiseShare, interactionShare }: ParameterEffects): Block {
  const parts = factors.slice(0, SHOWN).map((effect) => ({
    name: cut(effect.factor, 40),
    share: effect.share,
    tint: matters(effect) ? colour('accent') : colour('faint'),
  }))
  if (interactionShare !== undefined) {
    parts.push({ name: 'combinations', share: interactionShare, tint: colour('muted') })
  }
  if (Number.isFinite(noiseShare)) parts.push({ name: 'seed noise', share: noiseShare, tint: colour('second') })
  const names = parts.map(({ name }) => name)
  return {
    kind: 'chart',
    name: 'parameter-shares',
    alt: 'Share of the variance of the metric that each parameter and seed noise explain',
    caption:
      'How much of all differences between trials each parameter explains. Blue: an effect beyond noise; grey: none seen; dark grey: only combinations of parameters; orange: seeds.',
    option: {
      grid: { left: roomForNames(names), right: 64, top: 4, bottom: 44 },
      xAxis: valueAxis('share of variance', {
        scale: false,
        min: 0,
        axisLabel: { color: colour('muted'), formatter: (value: number) => percent(value) },
      }),
      yAxis: nameAxis(names, { inverse: true }),
      series: [
        {
          type: 'bar',
          barMaxWidth: 18,
          data: parts.map(({ share, tint }) => ({ value: share, itemStyle: { color: tint } })),
          label: {
            show: true,
            position: 'right',
            color: colour('ink'),
            formatter: ({ value }: { value: number }) => percent(value),
          },
        },
      ],
    },
    height: 56 + 28 * parts.length,
  }
}

interface Panel {
  readonly effect: FactorEffect
  readonly levels: readonly string[]
  /** One dot a configuration: place of its level and mean. */
  readonly dots: readonly (readonly [number, number])[]
}

function panelOf(effect: FactorEffect, facts: SweepFacts, points: readonly LevelPoint[]): Panel {
  const levels = inOrder(effect.levels.map(({ level }) => level))
  // More dots than this are a smear, and megabytes of SVG.
  const dots = points.slice(0, MOST_DOTS).flatMap(({ levels: of, mean }) => {
    const level = of.get(effect.factor)
    return level === undefined ? [] : [[levels.indexOf(level), mean] as const]
  })
  return { effect, levels, dots: facts.winner === undefined ? [] : dots }
}

interface LevelPoint {
  readonly levels: ReadonlyMap<string, string>
  readonly mean: number
}

/** Numbers by size (bins by their lower edge), everything else as first met. */
function inOrder(levels: readonly string[]): string[] {
  const leading = (level: string) => Number.parseFloat(level)
  return levels.every((level) => Number.isFinite(leading(level)))
    ? [...levels].sort((a, b) => leading(a) - leading(b))
    : [...levels]
}

function levelPicture(facts: SweepFacts, effects: ParameterEffects, metric: string): Block {
  const points = effects.rows.map(({ levels, values }) => ({
    levels: new Map(Object.entries(levels)),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
  }))
  const panels = effects.factors.slice(0, PANELS).map((effect) => panelOf(effect, facts, points))
  const [left, gap] = [8, 3]
  const width = (99 - left - gap * (panels.length - 1)) / panels.length
  const all = panels.flatMap(({ dots }) => dots.map(([, mean]) => mean))
  const low = all.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const high = all.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  // The panels share one range, with some air at both ends.
  const air = (high - low) * 0.08 || Math.abs(high) * 0.01 || 0.01
  const range = { min: low - air, max: high + air }
  const axis = { scale: true, ...range, splitNumber: 4 }
  return {
    kind: 'chart',
    name: 'parameter-levels',
    alt: `${metric} by level of the parameters with the largest effect`,
    caption:
      'Dots: configurations (mean over seeds). Line: mean of each level; a steep line matters, a flat one does not.',
    option: {
      grid: panels.map((_, i) => ({ left: `${left + i * (width + gap)}%`, width: `${width}%`, top: 28, bottom: 62 })),
      xAxis: panels.map(({ levels, effect }, i) => ({
        ...nameAxis(levels.map((level) => cut(level, panels.length > 2 ? 13 : 24))),
        gridIndex: i,
        name: cut(effect.factor, panels.length > 2 ? 26 : 50),
        nameLocation: 'middle',
        nameGap: 34,
        nameTextStyle: { color: colour('ink'), fontWeight: 600 },
        axisLabel: { color: colour('muted'), interval: 0, hideOverlap: true, fontSize: 11 },
      })),
      yAxis: panels.map((_, i) => ({
        ...valueAxis(i === 0 ? metric : '', { ...axis, nameGap: 48 }),
        gridIndex: i,
        axisLabel: {
          show: i === 0,
          color: colour('muted'),
          showMinLabel: false,
          showMaxLabel: false,
          formatter: axisNumber,
        },
      })),
      series: panels.flatMap(({ effect, levels, dots }, i) => [
        {
          type: 'scatter',
          xAxisIndex: i,
          yAxisIndex: i,
          symbolSize: 7,
          itemStyle: { color: colour('faint') },
          data: dots.map((dot) => [...dot]),
        },
        {
          type: 'line',
          xAxisIndex: i,
          yAxisIndex: i,
          symbol: 'circle',
          symbolSize: 9,
          lineStyle: { width: 2, color: matters(effect) ? colour('accent') : colour('muted') },
          itemStyle: { color: matters(effect) ? colour('accent') : colour('muted') },
          data: levels.map((level) => effect.levels.find((l) => l.level === level)?.mean ?? null),
        },
      ]),
    },
    height: 300,
  }
}

function effectCells(effect: FactorEffect, sign: number): Cell[] {
  const { best, worst } = bestLevel(effect, sign)
  return [
    cut(effect.factor, 60),
    best,
    worst,
    cellOf(effect.difference.estimate, metricText(effect.difference.estimate)),
    rangeText(effect.difference),
    cellOf(effect.share, percent(effect.share)),
    cellOf(effect.p, Number.isNaN(effect.p) ? '–' : chance(effect.p)),
    matters(effect) ? { tone: 'good', text: 'matters' } : 'no effect beyond noise',
  ]
}

function levelTable(effects: ParameterEffects): Block {
  const rows = effects.factors.flatMap(({ factor, levels }) =>
    inOrder(levels.map(({ level }) => level)).map((level, i): Cell[] => {
      const of = levels.find((l) => l.level === level)
      return [i === 0 ? factor : '', level, metricCell(of?.mean), countCell(of?.configurations ?? 0)]
    }),
  )
  const columns = ['parameter', 'level', 'mean', 'configurations']
  return { kind: 'table', caption: 'Mean of every level', columns, rows, folded: true }
}

function inWords(effects: ParameterEffects, sign: number): Block[] {
  const [helped, idle] = [effects.factors.filter(matters), effects.factors.filter((effect) => !matters(effect))]
  const gains = helped.slice(0, 6).map((effect): Block => {
    const { best, worst } = bestLevel(effect, sign)
    const range = rangeText(effect.difference)
    return {
      kind: 'note',
      level: 'good',
      text: `${cut(effect.factor, 60)}: ${best} is better than ${worst} by ${metricText(effect.difference.estimate)} (${range}).`,
    }
  })
  if (idle.length === 0) return gains
  const names = idle.map(({ factor }) => cut(factor, 60)).join(', ')
  return [...gains, { kind: 'note', level: 'info', text: `No effect beyond noise was seen for: ${names}.` }]
}

function howMade(effects: ParameterEffects): string {
  const matched = effects.factors.some(({ basis }) => basis === 'matched')
  const binned =
    effects.binned.size > 0
      ? ` Numbers with many values were put into four bins (${[...effects.binned].join(', ')}).`
      : ''
  const pairs = matched
    ? 'Differences compare configurations that are equal in all other parameters where such pairs exist, against seed noise'
    : 'Differences compare all configurations of one level with all of the other'
  return `${pairs}; intervals are 95 %, widened for picking the two most distant levels. Shares have the part that seed noise alone would give taken out.${binned}`
}

function render({ snapshot }: ReportContext): Block[] | 'nothing to show' {
  const facts = factsOf(snapshot)
  const metric = snapshot.spec.metric?.name
  const effects = parameterEffects(facts)
  if (metric === undefined || effects.factors.length === 0) return 'nothing to show'
  const columns = [
    'parameter',
    'best level',
    'worst level',
    'difference',
    '95 % interval',
    'share of variance',
    'p',
    'verdict',
  ]
  const rows = effects.factors.slice(0, SHOWN).map((effect) => effectCells(effect, facts.sign))
  return [
    ...inWords(effects, facts.sign),
    sharePicture(effects),
    levelPicture(facts, effects, metric),
    { kind: 'table', caption: 'Effect of each parameter', columns, rows },
    levelTable(effects),
    { kind: 'text', text: howMade(effects) },
  ]
}

export const parameters = entry({
  summary: 'What each parameter did, with intervals: what helped and what did not.',
  options: z.object({}),
  create: (): Section => ({ title: 'Effect of each parameter', render }),
})
