import { z } from 'zod'
import { parseObject } from '../../base/ndjson.ts'
import { entry } from '../../base/registry.ts'
import { metricValue, type ReportEvent, reportOf } from '../event-line.ts'
import type { ReportFormat } from './format.ts'

const DICT_AT_END = /\{\s*'[^{}]*\}\s*$/
const STEP_BEFORE = /\b(step|epoch)\b\W{0,3}(\d+)/i
/** Longer lines are no lines of metrics. */
const LONGEST = 20_000

/**
 * Python dicts that `print` or a logger writes, such as those of the Hugging Face trainer and of absl logs. Needs an
 * epoch or a step, in the dict or in words before it: a dict of settings printed at the start is no report.
 */
export const pythonDict = entry({
  summary:
    "Python dicts printed on a line, as the Hugging Face trainer prints them: {'eval_loss': 0.52, 'epoch': 1.0}.",
  options: z.object({}),
  create: (): ReportFormat => ({ parseLine: parseDictLine }),
})

function parseDictLine(line: string): ReportEvent | undefined {
  if (!line.includes("{'") || line.length > LONGEST) return undefined
  const found = DICT_AT_END.exec(line)
  if (found === null) return undefined
  const fields = parseObject(pythonToJson(found[0]))
  if (fields === undefined) return undefined
  const before = STEP_BEFORE.exec(line.slice(0, found.index))
  if (before !== null && fields.step === undefined) fields.step = Number(before[2])
  return typeof numeric(fields).step === 'number' || typeof fields.epoch === 'number'
    ? reportOf(withSlashNames(fields))
    : undefined
}

const PYTHON_TOKEN = /'((?:[^'\\]|\\.)*)'|"(?:[^"\\]|\\.)*"|\b(?:None|True|False)\b|-?\b(?:nan|inf)\b/g
const CONSTANTS: Readonly<Record<string, string>> = { None: 'null', True: 'true', False: 'false' }

function pythonToJson(text: string): string {
  return text.replace(PYTHON_TOKEN, (token, single: string | undefined) => {
    if (single !== undefined) return JSON.stringify(single.replaceAll("\\'", "'"))
    return token.startsWith('"') ? token : (CONSTANTS[token] ?? JSON.stringify(token))
  })
}

/** Some releases of transformers print every figure as a string. */
function numeric(fields: Record<string, unknown>): Record<string, unknown> {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string' && value.trim() !== '' && metricValue(value) === undefined) {
      const number = Number(value)
      if (!Number.isNaN(number)) fields[name] = number
    }
  }
  return fields
}

/**
 * Adds the names under which W&B shows the same figures (`eval_loss` is `eval/loss` there), because sweep files made
 * for W&B name their metric so.
 *
 * @source transformers, integrations/integration_utils.py, rewrite_logs
 */
export function withSlashNames(fields: Record<string, unknown>): Record<string, unknown> {
  const both = { ...fields }
  for (const [name, value] of Object.entries(fields)) {
    const found = /^(eval|test)_(.+)$/.exec(name)
    const slashed = found === null ? `train/${name}` : `${found[1]}/${found[2]}`
    if (!name.includes('/') && name !== 'step' && name !== 'epoch') both[slashed] ??= value
  }
  return both
}
