import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BugError, EnvironmentError } from '../../base/errors.ts'
import { identify, type ProcessIdentity } from '../../base/process-identity.ts'
import type { OnOrchestratorDeath } from '../executor.ts'
import { AttemptLog, RECORD_FILE } from './attempt-record.ts'
import { CHANNEL_FD, type KeeperAnswer, type KeeperRequest, messageReader, Outbox } from './keeper-channel.ts'

/** Where a keeper says why it died. */
const KEEPER_LOG = 'keeper.log'

export interface KeeperEvents {
  /** Lines that the keeper has just recorded. */
  answers(answers: readonly KeeperAnswer[]): void
  /** It died and everything it said was read. Not called after {@link KeeperProcess.letGo}. */
  died(): void
}

/** No helper threads. Flags of V8 itself would cost its start 10 ms: it then cannot use what Node has compiled. */
const ONE_THREAD = '--v8-pool-size=0'

/** A keeper without attempts exits in milliseconds; one that does not has something that it cannot write down. */
const PATIENCE_MS = 2000

/** A running keeper as its orchestrator sees it. */
export interface KeeperProcess {
  readonly identity: ProcessIdentity
  /** What attempts inherit, unless told otherwise. */
  readonly environment: Readonly<Record<string, string>>
  /** Resolves when it takes requests; rejects with KEEPER_FAILS when it died before. */
  readonly ready: Promise<void>
  send(request: KeeperRequest): void
  /** Closes the channel; resolves when it has exited, or at once when attempts still run. `killed`: not by its own choice. */
  letGo(running: boolean): Promise<'killed' | undefined>
}

/** The built keeper beside the rest of the program. Found by the package's folder: bundles lie at several depths. */
export function builtKeeper(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    if (!existsSync(join(folder, 'package.json'))) continue
    const program = join(folder, 'dist/keeper.cjs')
    if (existsSync(program)) return program
    throw new EnvironmentError(`${program} is missing, so no trial can be started.`, {
      code: 'KEEPER_MISSING',
      suggestions: [`cd '${folder}' && npm run build`],
    })
  }
  throw new BugError('The folder of the package was not found.')
}

export interface KeeperOptions {
  readonly sweepDir: string
  /** @default the built keeper */
  readonly program?: string | undefined
  /** What it does with running attempts when we die without letting go. */
  readonly onDeath: OnOrchestratorDeath
}

export function startKeeper(options: KeeperOptions, events: KeeperEvents): KeeperProcess {
  const { sweepDir } = options
  const { NODE_OPTIONS: _ours, ...environment } = process.env as Record<string, string>
  const child = spawnKeeper(options, environment)
  const identity = child.pid === undefined ? undefined : identify(child.pid)
  // Before the first request: a later orchestrator must know of every keeper that may still start something.
  const channel = child.stdio[CHANNEL_FD] as Socket
  try {
    if (identity !== undefined) recordKeeper(sweepDir, identity)
  } catch (error) {
    // Nobody knows it, so it must not live: with its channel open it would also keep this process alive.
    child.kill('SIGKILL')
    channel.destroy()
    throw error
  }
  const requests = new Outbox(channel)
  let lettingGo = false
  const ended = endOf(child, channel)
  // With its channel gone, nothing else may keep this process until the death is heard of.
  channel.once('close', () => {
    if (!lettingGo) child.ref()
  })
  const ready = new Promise<void>((resolve, reject) => {
    const read = messageReader<KeeperAnswer>((answers) => {
      if ('ready' in (answers[0] as KeeperAnswer)) resolve()
      events.answers(answers)
    })
    channel.on('data', read)
    ended.then(() => {
      reject(keeperFails(sweepDir))
      if (!lettingGo) events.died()
    })
  })
  // Whoever starts an attempt awaits `ready`; a keeper that is let go unused must not count as an unhandled failure.
  ready.catch(() => undefined)
  return {
    identity: identity ?? { host: '', bootId: '', pid: child.pid ?? 0, startTime: '' },
    environment,
    ready,
    send: (request) => {
      // What one turn of the loop asks for goes out together, when the turn is over.
      if (requests.isEmpty) setImmediate(requests.send)
      requests.add(request)
    },
    letGo: async (running) => {
      lettingGo = true
      requests.add({ letGo: true })
      requests.send()
      channel.end()
      if (running) {
        // The channel of a keeper that does not answer must not keep this process.
        await Promise.race([sent(channel), patience()])
        channel.unref()
        return undefined
      }
      child.ref()
      await Promise.race([ended, patience()])
      // On a full disk it waits for room to write down how its attempts ended; the next orchestrator waits for that.
      child.unref()
      channel.unref()
      return child.signalCode === null ? undefined : 'killed'
    },
  }
}

function patience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref())
}

/** Resolves when all that was written is on its way, or cannot be sent any more. */
function sent(channel: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (channel.writableFinished || channel.destroyed) resolve()
    channel.once('finish', () => resolve())
    channel.once('close', () => resolve())
  })
}

function spawnKeeper(options: KeeperOptions, env: Record<string, string>): ChildProcess {
  const { sweepDir, program = builtKeeper(), onDeath } = options
  const log = openLog(join(sweepDir, KEEPER_LOG))
  try {
    const stdio = ['ignore', 'ignore', log, 'pipe'] as const
    const child = spawn(process.execPath, [ONE_THREAD, program, sweepDir, onDeath], {
      cwd: '/',
      env,
      detached: true,
      stdio: [...stdio],
    })
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

/** A keeper may have to be started in the middle of a night, when nobody waits for what is thrown: so it is said well. */
function openLog(path: string): number {
  try {
    return openSync(path, 'a', 0o644)
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    throw new EnvironmentError(`${path} cannot be written (${code}). No further trial was started.`, {
      code: 'RECORD_FAILED',
      cause: error,
      suggestions: [`df -h '${dirname(path)}'`, 'sweep resume'],
    })
  }
}

function recordKeeper(sweepDir: string, identity: ProcessIdentity): void {
  const log = new AttemptLog(join(sweepDir, RECORD_FILE))
  try {
    // Synced once a keeper: after a power cut, attempts that their own lines no longer tell of are known to be its.
    if (log.appendOrForget({ keeper: identity }) && log.sync()) return
    throw new EnvironmentError(`${join(sweepDir, RECORD_FILE)} cannot be written. No trial was started.`, {
      code: 'RECORD_FAILED',
      suggestions: [`df -h '${sweepDir}'`],
    })
  } finally {
    log.close()
  }
}

/** Both: the process has gone, and what it had said is read; its end of the channel may be left with another process. */
async function endOf(child: ChildProcess, channel: Socket): Promise<void> {
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  exited.then(() => setTimeout(() => channel.destroy(), PATIENCE_MS).unref())
  const closed = new Promise<void>((resolve) => channel.once('close', () => resolve()))
  channel.on('error', () => undefined)
  await Promise.all([exited, closed])
}

/** Empty when there is no log, and when a failing disk does not give it. */
function lastLines(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').slice(-5).join('\n')
  } catch {
    return ''
  }
}

export function keeperFails(sweepDir: string): EnvironmentError {
  const path = join(sweepDir, KEEPER_LOG)
  const last = lastLines(path)
  const said = last === '' ? 'It said nothing.' : `It said last:\n${last}`
  return new EnvironmentError(`The process that starts the trials ended by itself. ${said}`, {
    code: 'KEEPER_FAILS',
    suggestions: [`read ${path}`, 'sweep resume'],
  })
}
