import { Undelivered } from './notifier.ts'

/** A value of the environment in an option: `${env:SLACK_WEBHOOK}`. */
const REFERENCE = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g

/** Names that the text refers to. */
export function referencesIn(text: string): string[] {
  return [...text.matchAll(REFERENCE)].map(([, name]) => name as string)
}

/** @throws {Undelivered} for a variable that is not set: half an address must not be tried */
export function resolved(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replace(REFERENCE, (_, name: string) => {
    const value = env[name]
    if (value === undefined || value === '') {
      throw new Undelivered(`the environment variable ${name} is not set`, { again: false })
    }
    return value.trim()
  })
}

/** Takes whatever the references of `options` stand for, and each piece of an address, out of a text from outside. */
export function masked(text: string, options: unknown, env: Readonly<Record<string, string | undefined>>): string {
  const names = referencesIn(JSON.stringify(options) ?? '')
  return names.reduce((said, name) => {
    return piecesOf(env[name]?.trim() ?? '').reduce((left, piece) => left.replaceAll(piece, `$${name}`), said)
  }, text)
}

/** Shorter pieces are words like `api`, which say nothing. */
const SHORTEST_PIECE = 4

/** Servers like to repeat the path that they do not know. Longest first, so that none is left in half. */
function piecesOf(value: string): string[] {
  const pieces = [value]
  if (URL.canParse(value)) {
    const { pathname, search, username, password } = new URL(value)
    pieces.push(pathname, search, username, password)
  }
  pieces.push(...value.replace(/^\w+:\/\/[^/]*/, '').split(/[/?&=]/))
  const known = pieces.flatMap((piece) => [piece, decoded(piece)]).filter(({ length }) => length >= SHORTEST_PIECE)
  return [...new Set(known)].sort((a, b) => b.length - a.length)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** @returns `hooks.slack.com`; undefined when it is no URL */
export function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined
}

/** Keys whose value nobody but the owner should read. */
const SECRET_KEY = /(token|password|secret|api_?key|authorization)$/i
/** Hosts whose webhook addresses are all that is needed to write there. */
const SECRET_HOST =
  /(^|\.)(slack\.com|discord(app)?\.com|office\.com|webhook\.office\.com|googleapis\.com|ifttt\.com)$/i
/** A part of a path that no person made up: long, with digits and letters mixed. */
const RANDOM_PART = /^(?=.*\d)(?=.*[A-Za-z])[\w-]{16,}$/

/**
 * Whether a value that stands in a file as it is gives away what only the environment should know.
 * What stands in a sweep file is copied into runs/ and often into a repository.
 */
export function isSecret(key: string, value: string): boolean {
  const literal = value.replace(REFERENCE, '')
  if (literal.trim() === '') return false
  if (SECRET_KEY.test(key)) return true
  if (!URL.canParse(literal)) return false
  const { hostname, pathname, search, username, password } = new URL(literal)
  if (username !== '' || password !== '') return true
  if (SECRET_HOST.test(hostname) && pathname.length > 1) return true
  return (
    pathname.split('/').some((part) => RANDOM_PART.test(part)) || /[?&][^=]*(token|key|secret|sig)[^=]*=./i.test(search)
  )
}
