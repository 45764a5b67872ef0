// The same trial on every backend that works here: are its losses those of wasm, and how long is a step? Backends that
// are no part of this repository are found through NODE_PATH; tensorflow-addon and software-vulkan make them.
//   npm run bench -- backends [names]
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const TRAINER = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/trainer/main.js')
// As a slot of one core would say it.
const ENV = { ...process.env, OMP_NUM_THREADS: '1', TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' }
const TRAINING_ROWS = 1494
const workloads = [
  { what: 'linear heads on 12,288 hashed features, batch 64', batch_size: 64, epochs: 3 },
  {
    what: 'two heads of 3 x 768 on 768 features, batch 48',
    ...{ batch_size: 48, feature_width: 768, hidden: 768, layers: 3, dropout: 0.25, learning_rate: 0.001, epochs: 2 },
  },
]
const folder = mkdtempSync(join(tmpdir(), 'sweep-backends-'))
const asked = process.argv.slice(2)
const names = ['wasm', ...(asked.length > 0 ? asked : ['tensorflow', 'webgpu', 'tensorflow-gpu'])]

try {
  const working = names.filter(works)
  for (const { what, ...params } of workloads) {
    console.log(what)
    let reference
    for (const backend of working) {
      const { losses, wall, cpu } = await trial({
        data: 'quickstart',
        patience: 0,
        calibrate: 'none',
        backend,
        ...params,
      })
      reference ??= { losses, wall, cpu }
      const apart = Math.max(...losses.map((loss, i) => Math.abs(loss / reference.losses[i] - 1)))
      const ratio = (cpu / reference.cpu).toFixed(2)
      console.log(
        `  ${backend.padEnd(15)} ${cpu.toFixed(1).padStart(7)} ms of CPU a step (${wall.toFixed(0)} ms wall), ${ratio} x wasm;  losses ` +
          `${losses.map((loss) => loss.toFixed(5)).join(' ')}, at most ${apart.toExponential(1)} apart`,
      )
      if (apart > 1e-5) process.exitCode = 1
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function works(backend) {
  const { stdout } = spawnSync(process.execPath, [TRAINER, '--try-engine', backend], { env: ENV, encoding: 'utf8' })
  const answer = JSON.parse(stdout.split('\n').findLast((line) => line.startsWith('{"works"')) ?? '{}')
  console.log(`${backend}: ${answer.works ? answer.device : `left out, ${answer.why}`}`)
  return answer.works === true
}

/** Losses of all epochs (train, val), and the time of a step in all but the first, with the evaluation after it. */
async function trial(params) {
  const dir = mkdtempSync(join(folder, 'trial-'))
  const file = join(dir, 'params.json')
  writeFileSync(file, JSON.stringify(params))
  const child = spawn(process.execPath, [TRAINER, '--params', file, '--dir', dir], {
    env: ENV,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ends = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('epoch ')) ends.push({ wall: performance.now(), cpu: cpuOf(child.pid) })
  }
  const lines = readFileSync(join(dir, 'events.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const epochs = lines.filter((line) => 'train/loss' in line && line.step !== undefined)
  if (epochs.length !== params.epochs) throw new Error(`${params.backend} ended after ${epochs.length} epochs`)
  const steps = (ends.length - 1) * Math.ceil(TRAINING_ROWS / params.batch_size)
  return {
    losses: epochs.flatMap((epoch) => [epoch['train/loss'], epoch['val/loss']]),
    wall: (ends.at(-1).wall - ends[0].wall) / steps,
    cpu: (ends.at(-1).cpu - ends[0].cpu) / steps,
  }
}

/** Milliseconds that all threads of a process have computed: what other work on the machine does not add to. Linux. */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
