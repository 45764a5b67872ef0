// What a sweep costs beside the trials themselves: 1,000 trials of a shell command on 2 slots, against a bare Node loop
// that spawns the same command two at a time, before and after it: as Node spawns by default, with the output piped to
// the parent, and with the output thrown away, which a sweep never does.
//   npm run bench -- overhead [trials]       (TMPDIR says on which disk; file creation on a busy one dominates all else)
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BIN = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin/run.js')
const SLOTS = 2
const ARGV = ['/bin/sh', '-c', 'echo "{\\"loss\\": 0.5}" >> "$SWEEP_EVENTS"']
const trials = Number(process.argv[2] ?? 1000)

const folder = mkdtempSync(join(tmpdir(), 'sweep-overhead-'))
try {
  const before = { pipe: await bare('pipe'), ignore: await bare('ignore') }
  const { loop, command, peak } = await sweep()
  const after = { pipe: await bare('pipe'), ignore: await bare('ignore') }
  const each = (stdio) => (before[stdio] + after[stdio]) / 2 / trials
  const figure = (ms) => `${ms.toFixed(2)} ms a trial`
  console.log(`trials                        ${trials} of ${ARGV.join(' ')}`)
  for (const [stdio, what] of Object.entries({ pipe: 'piped', ignore: 'thrown away' })) {
    const [first, last] = [before[stdio], after[stdio]].map((ms) => figure(ms / trials))
    console.log(`bare loop, output ${what.padEnd(12)}${figure(each(stdio))} (${first} before, ${last} after)`)
  }
  const ratio = (stdio) => `${(loop / trials / each(stdio)).toFixed(2)} x`
  console.log(`sweep, first to last          ${figure(loop / trials)}`)
  console.log(
    `ratio                         ${ratio('pipe')} the bare loop (${ratio('ignore')} with output thrown away)`,
  )
  console.log(
    `sweep start, all of it        ${(command / 1000).toFixed(1)} s, with its start, the ranking and the report`,
  )
  console.log(
    `peak memory                   ${peak === undefined ? 'not known here' : `${Math.round(peak / 1024)} MiB`}`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function bare(stdio) {
  const env = { ...process.env, SWEEP_EVENTS: join(folder, 'bare.ndjson') }
  let left = trials
  const since = performance.now()
  const slot = async () => {
    while (left-- > 0) {
      await new Promise((resolve, reject) => {
        const child = spawn(ARGV[0], ARGV.slice(1), { stdio, env }).once('close', resolve).once('error', reject)
        child.stdout?.resume()
        child.stderr?.resume()
      })
    }
  }
  await Promise.all(Array.from({ length: SLOTS }, slot))
  return performance.now() - since
}

/** The keeper is a process of its own; the orchestrator is what runs the loop, the command line and the report. */
async function sweep() {
  mkdirSync(join(folder, 'sweeps'))
  writeFileSync(
    join(folder, 'sweeps/overhead.yaml'),
    JSON.stringify({
      method: 'grid',
      metric: { name: 'loss' },
      parameters: { x: { values: Array.from({ length: trials }, (_, i) => i) } },
      seeds: 1,
      parallel: SLOTS,
      resources: { gpus: 0, cpus: 1 },
      reuse: false,
      command: ARGV,
    }),
  )
  const env = { ...process.env, SWEEP_FOLDER: folder, SWEEP_LEASE_DIR: join(folder, 'leases') }
  const since = performance.now()
  const child = spawn(process.execPath, [BIN, 'start', 'overhead'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2000)
  })
  let peak
  const sampling = setInterval(() => {
    peak = peakOf(child.pid) || peak
  }, 50)
  const code = await new Promise((resolve) => child.once('close', resolve))
  clearInterval(sampling)
  const command = performance.now() - since
  if (code !== 0) throw new Error(`sweep start ended with code ${code}:\n${said}`)
  const times = readFileSync(join(folder, 'runs/overhead.1/journal.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'attempt-started' || type === 'attempt-ended')
    .map(({ t }) => t)
  return { loop: times.at(-1) - times[0], command, peak }
}

/** KiB of memory at most so far; undefined where there is no /proc. */
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return undefined
  }
}
