// Texts a second through a frozen encoder of MiniLM's size (6 layers, 384 wide, 32 tokens) on one thread: ONNX Runtime
// beside our own code, each through `prepare` as a sweep does it; then the same data again, of which nothing is computed.
// The weights are random. ONNX Runtime is installed in a folder of its own, and nothing stays.
//   npm run bench -- features [texts]
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const TRAINER = join(root, 'dist/trainer/main.js')
const texts = Number(process.argv[2] ?? 600)
const folder = mkdtempSync(join(tmpdir(), 'sweep-features-'))
const runtime = join(folder, 'runtime')

try {
  const { writeModel } = await createJiti(import.meta.url).import('../test/trainer/support/model-on-disk.ts')
  const shape = { layers: 6, width: 384, heads: 12, inner: 1536 }
  writeModel(join(folder, 'model'), { ...shape, files: ['safetensors', 'onnx'] })
  // Longer than 32 tokens, so that each text has 32; all different, because equal ones are computed once.
  const line = (n) => `${n} lovely waiter ${'affable lovely film '.repeat(20)},${n % 2}`
  writeFileSync(
    join(folder, 'texts.csv'),
    ['text,label', ...Array.from({ length: texts }, (_, n) => line(n)), ''].join('\n'),
  )
  mkdirSync(runtime)
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--silent', '--ignore-scripts', '--prefix', runtime]
  await run('npm', ['install', ...quiet, 'onnxruntime-node@1.30.0'])
  for (const [name, extra] of [
    ['ONNX Runtime', { NODE_PATH: join(runtime, 'node_modules') }],
    ['our own code', { NODE_PATH: '' }],
  ]) {
    const env = { ...process.env, OMP_NUM_THREADS: '1', SWEEP_CACHE: join(folder, name), ...extra }
    const first = await prepared(env)
    const again = await prepared(env)
    const core = Math.round(texts / (first.cores - again.cores))
    console.log(
      `${name}: ${first.rate} texts a second (${core} a second of a core), the second time ${again.computed} computed (${again.seconds} s in all)`,
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function prepared(env) {
  const data = { file: join(folder, 'texts.csv'), text: 'text', tasks: { label: 'label' } }
  const params = { data, encoder: `hf:${join(folder, 'model')}`, pooling: 'mean', max_length: 32 }
  const since = performance.now()
  const busySince = childrenBusy()
  const said = await run(process.execPath, [TRAINER, 'prepare'], { env, input: JSON.stringify([params]) })
  const seconds = ((performance.now() - since) / 1000).toFixed(1)
  const [, rate] = /\(([\d,]+) a second\)/.exec(said) ?? []
  return { rate, seconds, cores: childrenBusy() - busySince, computed: /0 are computed now/.test(said) ? 0 : texts }
}

/** Seconds of a core that ended children have used: what a busy machine does not change. Linux only; 0 elsewhere. */
function childrenBusy() {
  if (process.platform !== 'linux') return 0
  const stat = readFileSync('/proc/self/stat', 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}

/** @returns what it printed */
async function run(command, args, { env = process.env, input = '' } = {}) {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(input)
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with code ${code}`)
  return printed
}
