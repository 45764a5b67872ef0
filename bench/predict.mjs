// Does `sweep predict` need more memory for more rows, and how fast is it? Ten times the rows of the yardstick, which is
// 20,000: the same trial, the same program.
//   npm run bench -- predict [rows]
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const here = dirname(fileURLToPath(import.meta.url))
const program = join(here, '../bin/run.js')
const rows = Number(process.argv[2] ?? 200_000)
const folder = mkdtempSync(join(tmpdir(), 'predict-'))
const WORDS =
  'the a great phone works well food was awful service boring movie battery died really good plot soup'.split(' ')

async function writeTexts(file, count) {
  const stream = createWriteStream(file)
  stream.write('id,text\n')
  for (let n = 0; n < count; n++) {
    const words = Array.from({ length: 5 + (n % 20) }, (_, i) => WORDS[(n * 31 + i * i * 7) % WORDS.length])
    if (!stream.write(`${n},"${words.join(' ')} ${n}"\n`)) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'finish')
}

/** The trainer's process is the only child of ours. */
async function predicted(count) {
  const file = join(folder, `${count}.csv`)
  await writeTexts(file, count)
  const began = performance.now()
  const child = execFile(process.execPath, [program, 'predict', 'train.1', file, '-o', join(folder, 'out.csv')], {
    cwd: folder,
  })
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, peakOfChild(child.pid))
  }, 50)
  const [code] = await once(child, 'close')
  clearInterval(timer)
  if (code !== 0) throw new Error(`sweep predict ended with ${code}`)
  return { peak, milliseconds: performance.now() - began }
}

function peakOfChild(pid) {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, 'utf8')) ?? []
    return Number(kilobytes ?? 0) / 1024
  } catch {
    return 0
  }
}

try {
  await execa(process.execPath, [program, 'train', '--data', 'quickstart', '--set', 'epochs=3'], { cwd: folder })
  const few = await predicted(rows / 10)
  const many = await predicted(rows)
  const rate = (count, { milliseconds }) =>
    `${Math.round((1000 * count) / milliseconds).toLocaleString('en-US')} rows a second`
  console.log(`${rows / 10} rows: ${few.peak.toFixed(0)} MiB at most, ${rate(rows / 10, few)}, start included`)
  console.log(`${rows} rows: ${many.peak.toFixed(0)} MiB at most, ${rate(rows, many)}`)
  console.log(`ratio of memory ${(many.peak / few.peak).toFixed(2)} for ten times the rows`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
