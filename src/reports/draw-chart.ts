// The chart library's only door. The single minified file loads in 55 ms where the modules of echarts/core, charts,
// components and renderers took 390 ms (600 small files), and a report needs most of them anyway.
import { type EChartsOption, init } from 'echarts/dist/echarts.esm.min'
import { escapeXml } from './escape-xml.ts'

const CHART_WIDTH = 960
const CHART_HEIGHT = 320

export interface ChartToDraw {
  /** Unique in the report; becomes the prefix of class names and ids inside the SVG. */
  readonly name: string
  readonly alt: string
  readonly option: Readonly<Record<string, unknown>>
  readonly width?: number
  readonly height?: number
}

/** @returns SVG text without script, style or outside reference; the same for the same input. */
export function drawChart(chart: ChartToDraw): string {
  const { width = CHART_WIDTH, height = CHART_HEIGHT } = chart
  const canvas = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    // Sections keep options as plain records, so that no section needs the library's types.
    canvas.setOption({ animation: false, ...chart.option } as EChartsOption)
    return cleaned(canvas.renderToSVGString(), chart)
  } finally {
    canvas.dispose()
  }
}

/** Takes out what only a live page needs, and names that count up over the life of the process. */
function cleaned(svg: string, { name, alt }: ChartToDraw): string {
  return (
    svg
      .replace(/<style[\s\S]*?<\/style>\s*/g, '')
      // The invisible box behind a legend.
      .replace(/<path [^>]*fill-opacity="0"[^>]*stroke-width="0"[^>]*><\/path>\s*/g, '')
      .replace(/ (ecmeta_\w+|class|pointer-events|baseProfile)="[^"]*"/g, '')
      .replace(/zr\d+-/g, `${name}-`)
      .replace(/font-family:[^;"]*;?/g, '')
      .replace(
        /^<svg /,
        `<svg role="img" aria-label="${escapeXml(alt)}" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" `,
      )
      .replace(/ xmlns:xlink="[^"]*"/, '')
      .trim()
  )
}
