import { Lexer } from 'yaml'

/** What yaml's lexer emits when a line inside [ ] or { } is indented too little. */
const FLOW_BROKEN_OFF = '\u0018'
const CONTROL = new Set(['\u0002', FLOW_BROKEN_OFF, '\u001f'])

/**
 * Indents lines inside `[ ]` and `{ }` that stand at their parent's indentation or left of it. PyYAML accepts them,
 * since brackets say enough, and published W&B files have them; the `yaml` package breaks the list off there.
 * Lines keep their numbers.
 */
export function mendedIndentation(source: string): string {
  let text = source
  const deepest = Math.max(0, ...source.split('\n').map((line) => line.search(/\S|$/)))
  const lines = source.split('\n').length
  for (let i = 0; i < lines; i++) {
    const at = brokenOffAt(text)
    if (at === undefined) return text
    const lineStart = text.lastIndexOf('\n', at - 1) + 1
    text = `${text.slice(0, lineStart)}${' '.repeat(deepest + 1)}${text.slice(lineStart)}`
  }
  return text
}

/** Offset of the first line that a list or map in brackets is broken off at; undefined when there is none. */
function brokenOffAt(text: string): number | undefined {
  let offset = 0
  for (const token of new Lexer().lex(text)) {
    if (token === FLOW_BROKEN_OFF) return offset < text.length ? offset : undefined
    if (!CONTROL.has(token)) offset += token.length
  }
  return undefined
}
