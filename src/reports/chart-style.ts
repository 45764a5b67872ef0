import { colour } from './palette.ts'

type Option = Readonly<Record<string, unknown>>

const FONT = 12

/** A value axis that does not start at zero: metrics differ in the second digit. */
export function valueAxis(name: string, extra: Option = {}): Option {
  return {
    type: 'value',
    scale: true,
    name,
    nameLocation: 'middle',
    nameGap: 30,
    nameTextStyle: { color: colour('muted'), fontSize: FONT },
    axisLabel: {
      color: colour('muted'),
      fontSize: FONT,
      formatter: (value: number) => axisNumber(value),
      hideOverlap: true,
    },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: colour('line') } },
    ...extra,
  }
}

/** A list of names; `inverse` puts the first one on top. */
export function nameAxis(names: readonly string[], extra: Option = {}): Option {
  return {
    type: 'category',
    data: [...names],
    axisLabel: { color: colour('ink'), fontSize: FONT, interval: 0 },
    axisLine: { lineStyle: { color: colour('faint') } },
    axisTick: { show: false },
    splitLine: { show: false },
    ...extra,
  }
}

/** Names of the series, above the picture at the left. */
export function legend(names: readonly string[]): Option {
  return {
    data: [...names],
    top: 0,
    left: 0,
    icon: 'roundRect',
    itemWidth: 12,
    itemHeight: 8,
    itemGap: 26,
    textStyle: { color: colour('ink'), fontSize: FONT },
  }
}

/** The few digits that an axis needs, without the noise of binary fractions. */
export function axisNumber(value: number): string {
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(0)
  return String(Number(value.toPrecision(4)))
}

/** Pixels that the longest of these names takes at the left of a chart; an estimate, capped at `most`. */
export function roomForNames(names: readonly string[], most = 350): number {
  return Math.min(most, 18 + 7.1 * Math.max(4, ...names.map((name) => name.length)))
}

interface Drawing {
  value(dimension: number): number
  coord(point: readonly number[]): [number, number]
}

/**
 * Horizontal bars from low to high with end marks, one a row of a name axis.
 * Data: `[low, high, row]`; infinite ends must be left out beforehand.
 */
export function errorBars(data: readonly (readonly [number, number, number])[], stroke: string): Option {
  return {
    type: 'custom',
    data: data.map((row) => [...row]),
    encode: { x: [0, 1], y: 2 },
    z: 3,
    renderItem: (_: unknown, api: Drawing) => {
      const [left, y] = api.coord([api.value(0), api.value(2)])
      const [right] = api.coord([api.value(1), api.value(2)])
      const style = { stroke, lineWidth: 2, fill: 'none' }
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: 'line',
        shape: { x1, y1, x2, y2 },
        style,
      })
      return {
        type: 'group',
        children: [line(left, y, right, y), line(left, y - 4, left, y + 4), line(right, y - 4, right, y + 4)],
      }
    },
  }
}
