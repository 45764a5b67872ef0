import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import { meanOf } from '../../statistics/summary.ts'
import type { Block, ReportContext, Section } from '../block.ts'
import { legend, nameAxis, roomForNames, valueAxis } from '../chart-style.ts'
import { configurationLabel, factsOf, type SweepFacts } from '../facts.ts'
import { metricCell, metricText } from '../numbers.ts'
import { colour, seriesColour } from '../palette.ts'
import { cut } from '../params.ts'
import { spreads } from '../spreads.ts'

const SHOWN = 20
const MOST_SEEDS_NAMED = 6

function picture(facts: SweepFacts, metric: string): Block {
  const rows = facts.ranking.rows.filter((row) => Number.isFinite(row.mean)).slice(0, SHOWN)
  const labels = rows.map((row) => cut(configurationLabel(facts, row.configuration.number), 44))
  const seeds = [...new Set(rows.flatMap((row) => row.values.map(({ seed }) => seed)))].sort((a, b) => a - b)
  const named = seeds.length <= MOST_SEEDS_NAMED
  const names = seeds.map((seed) => `seed ${seed}`)
  return {
    kind: 'chart',
    name: 'seed-spread',
    alt: `${metric} of every seed of the best configurations`,
    caption: 'One dot a seed. Where the dots of one row spread wider than the rows differ, the order of rows is luck.',
    option: {
      grid: { left: roomForNames(labels), right: 24, top: named ? 30 : 8, bottom: 48 },
      ...(named ? { legend: { ...legend(names), icon: 'circle' } } : {}),
      xAxis: valueAxis(metric),
      yAxis: nameAxis(labels, {
        inverse: true,
        splitLine: { show: true, lineStyle: { color: colour('line'), opacity: 0.5 } },
      }),
      series: seeds.map((seed, s) => ({
        type: 'scatter',
        name: names[s],
        symbolSize: 9,
        itemStyle: { color: seriesColour(named ? s : 0), opacity: 0.85 },
        data: rows.flatMap((row, i) =>
          row.values.filter((v) => v.seed === seed && Number.isFinite(v.value)).map(({ value }) => [value, i]),
        ),
      })),
    },
    height: 72 + 24 * rows.length,
  }
}

function seedTable(facts: SweepFacts): Block {
  const all = facts.ranking.rows.flatMap((row) => row.values)
  const seeds = [...new Set(all.map(({ seed }) => seed))].sort((a, b) => a - b)
  const rows = seeds.map((seed) => {
    const values = all.filter((v) => v.seed === seed && Number.isFinite(v.value)).map(({ value }) => value)
    return [`${seed}`, metricCell(meanOf(values)), { value: values.length, text: String(values.length) }]
  })
  return { kind: 'table', caption: 'Mean of each seed over configurations', columns: ['seed', 'mean', 'trials'], rows }
}

function render({ snapshot }: ReportContext): Block[] | 'nothing to show' {
  const facts = factsOf(snapshot)
  const metric = snapshot.spec.metric?.name
  if (metric === undefined || facts.winner === undefined) return 'nothing to show'
  const spread = spreads(facts)
  if (facts.ranking.pooled.df === 0) {
    return [
      {
        kind: 'note',
        level: 'warn',
        text: 'Every configuration has one seed only, so seed noise is not known. Set seeds: 3 or more in the sweep file.',
      },
    ]
  }
  const words: Block[] =
    spread === undefined
      ? []
      : [
          {
            kind: 'note',
            level: spread.seeds > spread.configurations ? 'warn' : 'info',
            text:
              spread.seeds > spread.configurations
                ? `Seeds disagree more than configurations do: sd ${metricText(spread.seeds)} between seeds, ${metricText(spread.configurations)} between configurations. More seeds will tell more than more configurations.`
                : `Configurations differ more than seeds do: sd ${metricText(spread.configurations)} between configurations, ${metricText(spread.seeds)} between seeds.`,
          },
        ]
  return [...words, picture(facts, metric), seedTable(facts)]
}

export const seeds = entry({
  summary: 'How much seeds of one configuration differ, against how much configurations do.',
  options: z.object({}),
  create: (): Section => ({ title: 'Seed spread', render }),
})
