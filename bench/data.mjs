// Reading and dividing a data file: processor seconds and peak memory of loadTexts, beside a program that reads the same
// file whole, decodes it and splits it at its line ends. Each in a process of its own; what Node and the loader of
// TypeScript take without a file is subtracted from the memory.
//   npm run bench -- data [rows]
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'

const [first, file] = process.argv.slice(2)
if (file === undefined) await compare(Number(first ?? 200_000))
else await measure(first, file)

async function compare(rows) {
  const folder = mkdtempSync(join(tmpdir(), 'sweep-data-'))
  try {
    const path = join(folder, 'rows.csv')
    await write(path, rows)
    const size = statSync(path).size / 2 ** 20
    console.log(`${rows} rows, ${size.toFixed(0)} MiB, five columns`)
    const idle = child('idle', path)
    for (const kind of ['lines', 'table', 'texts', 'grouped']) {
      const { seconds, memory } = child(kind, path)
      const more = memory - idle.memory
      console.log(
        `${kind.padEnd(8)} ${seconds.toFixed(2)} s, ${more.toFixed(0)} MiB (${(more / size).toFixed(1)} x the file)`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function child(kind, path) {
  const { stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), kind, path])
  if (stdout.length === 0) throw new Error(String(stderr))
  return JSON.parse(String(stdout))
}

async function measure(kind, path) {
  const load = (name) => createJiti(import.meta.url).import(`../src/trainer/data/${name}.ts`)
  const [{ loadTexts }, { readTable }, { ProblemList }] = await Promise.all(
    ['load-texts', 'read-table', 'problem-list'].map(load),
  )
  const data = { file: path, text: 'text', id: 'id', tasks: { mood: 'mood', place: 'place' } }
  const kinds = {
    idle: () => undefined,
    lines: () => readFileSync(path, 'utf8').split('\n'),
    table: () => readTable(data, ['id', 'text', 'mood', 'place'], new ProblemList(path)),
    texts: () => loadTexts(data),
    grouped: () => loadTexts({ ...data, groupBy: 'author' }),
  }
  const before = process.cpuUsage()
  const kept = kinds[kind]()
  const { user, system } = process.cpuUsage(before)
  const memory = process.resourceUsage().maxRSS / 1024
  console.log(JSON.stringify({ seconds: (user + system) / 1e6, memory, kept: kept !== undefined }))
}

/** Texts of 8 to 42 words out of 30,000, the first ones frequent, with quotes and letters beyond ASCII. */
async function write(path, rows) {
  let state = 12_345
  const below = (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
  const words = Array.from({ length: 30_000 }, () => {
    return Array.from({ length: 3 + below(7) }, () => String.fromCharCode(97 + below(26))).join('')
  })
  const stream = createWriteStream(path)
  stream.write('id,text,mood,place,author\n')
  for (let row = 0; row < rows; row++) {
    const some = Array.from(
      { length: 8 + below(35) },
      () => words[Math.floor(words.length * (below(1000) / 1000) ** 3)],
    )
    const text = `${some.join(' ')}${row % 50 === 0 ? ', it said ""so""' : ''}${row % 3 === 0 ? ' ürün ★' : ''}`
    const place = below(100) < 6 ? 'rare' : ['here', 'there'][below(2)]
    const line = `${row},"${text}",${['bad', 'fair', 'good'][below(3)]},${place},author${below(20_000)}\n`
    if (!stream.write(line)) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'finish')
}
