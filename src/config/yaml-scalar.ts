/** A plain (unquoted) scalar, read. `note` says where its meaning may surprise; `inexact` that it lost digits. */
export interface PlainScalar {
  readonly value: string | number | boolean | null
  readonly isFloat: boolean
  readonly note?: string
  readonly inexact?: true
}

const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/
const NULL = /^(?:~|null|Null|NULL|)$/
const DECIMAL = /^[-+]?(?:0|[1-9][0-9_]*)$/
const OCTAL = /^[-+]?0[0-7_]+$/
const HEX = /^[-+]?0x[0-9a-fA-F_]+$/
const BINARY = /^[-+]?0b[01_]+$/
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/
const FLOAT = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?$/
const FLOAT_OF_YAML_1_2 = /^[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)[eE][-+]?[0-9]+$/
const INFINITE = /^[-+]?\.(?:inf|Inf|INF)$/
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/

/**
 * Reads a plain scalar as PyYAML does (YAML 1.1), since that is what W&B reads sweep files with; with one kindness:
 * `1e-5`, which PyYAML takes for text and W&B then refuses, is the number that its writer meant.
 */
export function readPlainScalar(text: string): PlainScalar {
  if (NULL.test(text)) return { value: null, isFloat: false }
  if (TRUE.test(text) || FALSE.test(text)) return boolean(text)
  if (DECIMAL.test(text)) return integer(text, Number(digits(text)))
  if (OCTAL.test(text)) return octal(text)
  if (HEX.test(text) || BINARY.test(text)) return integer(text, signed(text, Number))
  if (BASE_60.test(text)) return base60(text)
  if (FLOAT.test(text)) return { value: Number(digits(text)), isFloat: true }
  if (FLOAT_OF_YAML_1_2.test(text)) {
    const value = Number(digits(text))
    return { value, isFloat: true, note: `${text} is read as the number ${value}; W&B reads it as text.` }
  }
  if (INFINITE.test(text)) return { value: text.startsWith('-') ? -Infinity : Infinity, isFloat: true, inexact: true }
  if (NOT_A_NUMBER.test(text)) return { value: Number.NaN, isFloat: true, inexact: true }
  return { value: text, isFloat: false }
}

function boolean(text: string): PlainScalar {
  const value = TRUE.test(text)
  if (/^(?:true|false)$/i.test(text)) return { value, isFloat: false }
  return { value, isFloat: false, note: `${text} is read as ${value}, as W&B does; quote it if the word is meant.` }
}

function octal(text: string): PlainScalar {
  const value = signed(text, (rest) => Number.parseInt(rest, 8))
  if (/^[-+]?0+$/.test(text)) return { value: 0, isFloat: false }
  return {
    ...integer(text, value),
    note: `${text} is read as ${value} (a leading 0 means octal in YAML 1.1, as W&B reads it); quote it if not meant.`,
  }
}

function base60(text: string): PlainScalar {
  const value = signed(text, (rest) => rest.split(':').reduce((sum, part) => sum * 60 + Number(part), 0))
  const note = `${text} is read as ${value} (base 60 in YAML 1.1, as W&B reads it); quote it if text is meant.`
  return { value, isFloat: text.includes('.'), note }
}

function integer(text: string, value: number): PlainScalar {
  const exact = Number.isSafeInteger(value) || /^[-+]?[0-9]0*$/.test(text)
  return { value: value === 0 ? 0 : value, isFloat: false, ...(exact ? {} : { inexact: true }) }
}

function digits(text: string): string {
  return text.replaceAll('_', '')
}

function signed(text: string, read: (rest: string) => number): number {
  const rest = digits(text).replace(/^[-+]/, '')
  return text.startsWith('-') ? -read(rest) : read(rest)
}
