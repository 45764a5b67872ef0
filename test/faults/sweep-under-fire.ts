import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CONFIGURATIONS, type Injection, type Schedule, SEEDS } from './schedule.ts'

const BIN = process.env.SWEEP_UNDER_TEST ?? fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const INJECT = fileURLToPath(new URL('./inject.cjs', import.meta.url))
const TRAINER = fileURLToPath(new URL('../fixtures/trainers/keeps-checkpoints.sh', import.meta.url))
const SMALL_DISK_BYTES = '6m'

/** One command of the program, its output kept. */
export interface Command {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  readonly said: () => string
}

export interface RunningProcess {
  readonly pid: number
  readonly kind: 'orchestrator' | 'keeper' | 'trainer'
  readonly command: string
}

/** Those that are not removed yet. */
const living = new Set<SweepUnderFire>()
process.once('exit', () => {
  for (const place of living) place.remove()
})

/** A workspace with one sweep whose orchestrators, keepers and trainers may be hurt, and a witness of the work outside of it. */
export class SweepUnderFire {
  readonly folder: string
  readonly ledger: string
  readonly leaseDir: string
  readonly #outside: string
  readonly #schedule: Schedule
  readonly #mounted: boolean

  constructor(schedule: Schedule) {
    this.#schedule = schedule
    this.#outside = mkdtempSync(join(tmpdir(), 'sweep-faults-'))
    this.folder = join(this.#outside, 'workspace')
    this.ledger = join(this.#outside, 'ledger')
    this.leaseDir = join(this.#outside, 'leases')
    mkdirSync(this.folder)
    living.add(this)
    this.#mounted = schedule.smallDisk && mountSmallDisk(this.folder)
    mkdirSync(join(this.folder, 'sweeps'))
    writeFileSync(join(this.folder, 'sweeps/fire.yaml'), JSON.stringify(sweepFile(schedule)))
    mkdirSync(this.#mishaps)
    for (const { trial, what, unit } of schedule.mishaps)
      writeFileSync(join(this.#mishaps, String(trial)), `${what} ${unit}\n`)
    writeFileSync(this.ledger, '')
  }

  /** Of the sweep; a start that was killed before it had written down what it starts leaves a number behind. */
  get sweepDir(): string {
    const number = [3, 2].find((it) => existsSync(join(this.folder, `runs/fire.${it}/sweep.json`))) ?? 1
    return join(this.folder, `runs/fire.${number}`)
  }

  get #mishaps(): string {
    return join(this.#outside, 'mishaps')
  }

  command(args: readonly string[], inject: { readonly own?: Injection; readonly keeper?: Injection } = {}): Command {
    const injected = inject.own !== undefined || inject.keeper !== undefined
    const plan = (injection: Injection) => JSON.stringify({ ...injection, folder: this.#outside })
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: this.folder,
      env: {
        ...process.env,
        SWEEP_FOLDER: this.folder,
        SWEEP_LEASE_DIR: this.leaseDir,
        LEDGER: this.ledger,
        MISHAPS: this.#mishaps,
        UNITS: String(this.#schedule.units),
        UNIT_SECONDS: String(this.#schedule.unitSeconds),
        ...(injected ? { NODE_OPTIONS: `--require=${INJECT}` } : {}),
        ...(inject.own === undefined ? {} : { SWEEP_INJECT: plan(inject.own) }),
        ...(inject.keeper === undefined ? {} : { SWEEP_INJECT_KEEPER: plan(inject.keeper) }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        said = `${said}${chunk}`.slice(-8000)
      })
    }
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    return { child, ended, said: () => said }
  }

  /** What lives of this sweep, found by the environment that everything of it inherits. */
  processes(): RunningProcess[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const environment = readFileSync(`/proc/${pid}/environ`, 'latin1')
          if (!environment.includes(`SWEEP_FOLDER=${this.folder}\0`)) return []
          const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim()
          return command === '' ? [] : [{ pid: Number(pid), kind: kindOf(command), command }]
        } catch {
          return []
        }
      })
  }

  fillDisk(): boolean {
    if (!this.#mounted) return false
    for (const bytes of [65536, 4096, 512]) {
      try {
        for (;;) appendFileSync(join(this.folder, 'fill'), Buffer.alloc(bytes))
      } catch {
        // Full, which was wanted.
      }
    }
    return true
  }

  freeDisk(): void {
    rmSync(join(this.folder, 'fill'), { force: true })
  }

  /** Ends what still lives and removes everything. */
  remove(): void {
    living.delete(this)
    // Until none is left: whatever still writes would put back what is removed.
    for (let all = this.processes(), i = 0; all.length > 0 && i < 200; all = this.processes(), i++) {
      for (const { pid } of all) signal(pid, 'SIGKILL')
    }
    if (this.#mounted) execFileSync('umount', ['-l', this.folder])
    if (existsSync(this.#outside))
      rmSync(this.#outside, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // Gone already.
  }
}

function kindOf(command: string): RunningProcess['kind'] {
  if (command.includes('keeper.cjs')) return 'keeper'
  return command.includes(BIN) ? 'orchestrator' : 'trainer'
}

function mountSmallDisk(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK_BYTES}`, 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function sweepFile({ sampler, retries, onDeath }: Schedule) {
  const x = sampler === 'grid' ? { values: Array.from({ length: CONFIGURATIONS }, (_, i) => i) } : { min: 0, max: 1000 }
  return {
    method: sampler,
    metric: { name: 'loss', goal: 'minimize' },
    parameters: { x },
    seeds: SEEDS,
    run_cap: CONFIGURATIONS * SEEDS,
    sweep_seed: 7,
    parallel: 2,
    resources: { gpus: 0, cpus: 1 },
    grace: 2,
    max_failures: 1000,
    on_orchestrator_death: onDeath,
    retry: { crashed: retries, lost: 50, backoff: 0 },
    reuse: false,
    command: [TRAINER, `\${param:x}`],
  }
}
