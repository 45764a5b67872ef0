import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'
import { dirname, join } from 'node:path'
import { compileLess } from '../../base/compile-less.ts'
import { thisProcess } from '../../base/process-identity.ts'
import { writeRefusal } from '../../base/write-refusal.ts'
import type { OnOrchestratorDeath } from '../executor.ts'
import { AttemptLog, type AttemptStep, attemptKey, RECORD_FILE, type StoppedBy } from './attempt-record.ts'
import { AttemptTree } from './attempt-tree.ts'
import { CHANNEL_FD, type KeeperRequest, messageReader, Outbox, type StartRequest } from './keeper-channel.ts'
import { killCountOf } from './memory-killer.ts'
import { startTimeOfChild } from './process-group.ts'
import { endWhole, needsALook, type Running } from './running-attempt.ts'
import { spawnAttempt } from './spawn-attempt.ts'
import { TreeWatch } from './tree-watch.ts'

// The keeper: parent of all attempts of one orchestrator, in a session of its own, so that attempts and the record of
// their ends outlive the orchestrator. A shell in front of each trial would do the same at 40 % of a short trial's time.
//
//   told to start -> writes `starting` -> spawns -> writes `started` -> (the process ends, then its group) -> `ended`
//                                              \-> writes `refused`
//
// A request whose turn another attempt has waits, unmentioned in the record, until that one has ended.
// Its channel closes when the orchestrator lets go or dies. Everything sent before has then been read, so after the
// line `orphaned` it starts nothing more; it waits for what runs (or ends it, where the sweep file says so and nobody
// has let go), writes the ends, and exits.

const RETRY_MS = 1000
/** Attempts that live this long are identified in the record; until then their environment tells who they are. */
const IDENTIFY_MS = 20
/** An end may be told this late while its turn goes on by itself: each message wakes the orchestrator. */
const TELL_MS = 10

// It computes next to nothing, so compiling is most of what it does beside starting processes.
compileLess(600_000)
const self = thisProcess()
const environment = { ...process.env }
const sweepDir = process.argv[2] as string
const onDeath = process.argv[3] as OnOrchestratorDeath | undefined
const log = new AttemptLog(join(sweepDir, RECORD_FILE))
const watch = new TreeWatch(sweepDir, recordStrays)
/** The last attempt of each trial that was taken on. */
const taken = new Map<number, number>()
const running = new Map<string, Running>()
/** Those that wait for the attempt that has their turn; an entry = somebody has it. */
const queues = new Map<string, StartRequest[]>()
let orphaned = false
/** The orchestrator has let go; otherwise it died. */
let released = false
let identifying: NodeJS.Timeout | undefined
let telling: NodeJS.Timeout | undefined

/** Records first, then tells: whoever was told can rely on the record. */
function tell(request: StartRequest, step: AttemptStep): void {
  log.append(lineOf(request, step))
  answer(request, step)
  tellNow()
}

function lineOf({ trial, attempt }: StartRequest, step: AttemptStep) {
  return { trial, attempt, ...step }
}

function answer(request: StartRequest, step: AttemptStep): void {
  if (!orphaned) answers.add(lineOf(request, step))
}

function tellNow(): void {
  clearTimeout(telling)
  telling = undefined
  answers.send()
}

function refuse(request: StartRequest, error: unknown): void {
  const { code, message } = error as NodeJS.ErrnoException
  tell(request, { refused: { code: code ?? 'UNKNOWN', message } })
  passTurnOn(request)
  leaveWhenDone()
}

function start(request: StartRequest): void {
  const { trial, attempt, turn } = request
  if ((taken.get(trial) ?? 0) >= attempt) return
  taken.set(trial, attempt)
  const queue = turn === undefined ? undefined : queues.get(turn)
  if (queue !== undefined) {
    queue.push(request)
    return
  }
  if (turn !== undefined) queues.set(turn, [])
  begin(request)
}

function passTurnOn({ turn }: StartRequest): void {
  const next = nextOn(turn)
  if (next !== undefined) begin(next)
  else if (turn !== undefined) queues.delete(turn)
}

function nextOn(turn: string | undefined): StartRequest | undefined {
  return turn === undefined ? undefined : queues.get(turn)?.shift()
}

function begin(request: StartRequest): void {
  const { trial, attempt, graceMs } = request
  if (!log.appendOrForget({ trial, attempt, starting: { keeper: self.pid, graceMs } })) {
    refuse(request, Object.assign(new Error('attempts.ndjson cannot be written'), { code: 'RECORD_FAILED' }))
    return
  }
  try {
    run(request)
  } catch (error) {
    refuse(request, error)
  }
}

function run(request: StartRequest): void {
  const since = performance.now()
  const child = spawnAttempt(request, environment)
  if (child.pid === undefined) {
    child.once('error', (error) => refuse(request, error))
    return
  }
  const key = attemptKey(request)
  const tree = new AttemptTree(key, child.pid)
  const it: Running = { request, child, tree, since, at: Date.now(), identified: false }
  running.set(key, it)
  watch.add(tree)
  identifying ??= setTimeout(identifyRunning, IDENTIFY_MS)
  child.once('exit', (code, signal) => {
    const disk = code === 0 ? undefined : writeRefusal(dirname(request.stdout))
    it.end = {
      code,
      signal,
      at: Date.now(),
      after: Math.round(performance.now() - since),
      ...(disk === undefined ? {} : { disk }),
    }
    if (it.ending !== undefined) return
    if (needsALook(it)) end(it)
    else {
      watch.lookLater(tree, request.graceMs)
      finish(key)
    }
  })
}

/** Who the attempts are, for a later orchestrator that has to watch or end them without us. */
function identifyRunning(): void {
  clearTimeout(identifying)
  identifying = undefined
  for (const it of running.values()) {
    if (it.identified) continue
    it.identified = true
    const { trial, attempt } = it.request
    const pid = it.child.pid as number
    const startTime = startTimeOfChild(pid)
    it.tree.leaderStart = startTime
    it.kills = killCountOf(pid)
    const started = { host: self.host, bootId: self.bootId, pid, startTime }
    log.append({ trial, attempt, started, at: it.at })
  }
}

/** Should we be killed, one that has cleared its environment would not be known by its mark. */
function recordStrays({ key, known }: AttemptTree): void {
  const it = running.get(key)
  if (it !== undefined) log.append(lineOf(it.request, { strays: known }))
}

function stop(key: string, reason: StoppedBy): void {
  if (takeBack(key, reason)) return
  const it = running.get(key)
  if (it === undefined || it.ending !== undefined) return
  tell(it.request, { stopping: reason })
  it.stopped = true
  end(it)
}

/** @returns true for a request whose turn had not come: it never begins */
function takeBack(key: string, reason: StoppedBy): boolean {
  const queue = [...queues.values()].find((requests) => requests.some((request) => attemptKey(request) === key))
  const [request] =
    queue?.splice(
      queue.findIndex((it) => attemptKey(it) === key),
      1,
    ) ?? []
  if (request === undefined) return false
  tell(request, { stopping: reason })
  tell(request, { ended: { code: null, signal: null, at: Date.now(), after: 0 } })
  return true
}

/** What is left of the grace period is over. */
function kill(key: string): void {
  running.get(key)?.tree.signal('SIGKILL')
}

function end(it: Running): void {
  it.ending = endWhole(it, watch.looks).then(() => {
    watch.remove(it.tree)
    finish(attemptKey(it.request))
  })
}

function finish(key: string): void {
  const it = running.get(key)
  if (it?.end === undefined) return
  running.delete(key)
  const { request, end } = it
  const next = nextOn(request.turn)
  if (next === undefined) {
    tell(request, { ended: end })
    passTurnOn(request)
    leaveWhenDone()
    return
  }
  log.add(lineOf(request, { ended: end }))
  begin(next)
  answer(request, { ended: end })
  telling ??= setTimeout(tellNow, TELL_MS)
}

function leaveWhenDone(): void {
  if (!orphaned || running.size > 0) return
  if (watch.isBusy) void watch.settle().then(leaveWhenDone)
  else if (log.flush()) process.exit(0)
  else setTimeout(leaveWhenDone, RETRY_MS)
}

function letGo(): void {
  if (orphaned) return
  orphaned = true
  queues.clear()
  identifyRunning()
  log.append({ orphaned: self })
  if (onDeath === 'stop' && !released) for (const key of running.keys()) stop(key, 'orphaned')
  // A spawn that failed just now says so in a moment, which must be written down, too.
  setImmediate(leaveWhenDone)
  // On a full disk the line above waits in memory; a new orchestrator waits for it.
  if (running.size > 0) setInterval(() => log.flush(), RETRY_MS).unref()
}

const read = messageReader<KeeperRequest>((messages) => {
  for (const message of messages) {
    if ('start' in message) start(message.start)
    else if ('recall' in message) takeBack(attemptKey(message.recall), 'stop')
    else if ('letGo' in message) released = true
    else if ('kill' in message) kill(attemptKey(message.kill))
    else stop(attemptKey(message.stop), message.stop.reason)
  }
})
// One buffer for all reads: a new one each would grow the memory that every spawn copies.
const buffer = Buffer.alloc(64 * 1024)
const onread: OnReadOpts = {
  buffer,
  callback: (length) => {
    read(buffer.subarray(0, length))
    return true
  },
}
const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = { fd: CHANNEL_FD, onread }
const channel = new Socket(options)
const answers = new Outbox(channel)
channel.on('end', letGo)
channel.on('close', letGo)
// A broken channel also closes, which is what counts.
channel.on('error', () => undefined)
// Ctrl-C and a closed terminal are meant for the orchestrator.
process.on('SIGINT', () => undefined)
process.on('SIGHUP', () => undefined)
answers.add({ ready: true })
answers.send()
