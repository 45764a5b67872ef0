// Loaded before the orchestrator or a keeper (node --require): at the n-th file operation inside of the sweep's folders
// the process is killed, or that operation and the next ones are refused as a full or broken disk refuses them, or the
// wall clock jumps. What is to happen stands in SWEEP_INJECT, for keepers in SWEEP_INJECT_KEEPER.
const childProcess = require('node:child_process')
const fs = require('node:fs')
const { syncBuiltinESMExports } = require('node:module')

const keeper = process.argv[1]?.endsWith('keeper.cjs') === true
const {
  folder,
  at,
  what,
  count = 1,
} = JSON.parse((keeper ? process.env.SWEEP_INJECT_KEEPER : process.env.SWEEP_INJECT) ?? '{}')
const JUMPS = { forward: 26 * 3_600_000, back: -400 * 24 * 3_600_000 }

let calls = 0
const paths = new Map()
const inside = (path) => folder !== undefined && String(path).startsWith(folder)

/** @returns an error to throw instead of doing it, `after` = die when it is done, or undefined */
function due(operation) {
  const call = ++calls
  if (call < at) return undefined
  if (what in JUMPS) {
    if (call === at) jump(JUMPS[what])
    return undefined
  }
  if (call >= at + count) return undefined
  if (what === 'before') return die()
  if (what === 'after' || what === 'torn') return what
  // A full disk still lets files go.
  return operation === 'rm' ? undefined : refusal(operation)
}

function refusal(operation) {
  return Object.assign(new Error(`${what}: injected, ${operation}`), { code: what, errno: -1, syscall: operation })
}

function die() {
  process.kill(process.pid, 'SIGKILL')
}

function jump(by) {
  const real = Date.now
  Date.now = () => real() + by
}

/** Replaces a function that changes files by one that asks `due` first. */
function patch(target, name, operation, pathOf) {
  const real = target[name]
  target[name] = function patched(...args) {
    if (!inside(pathOf(args))) return real.apply(this, args)
    const verdict = due(operation)
    if (verdict instanceof Error) throw verdict
    if (verdict === 'torn') {
      if (name === 'writeSync') real.call(this, args[0], half(args[1]))
      die()
    }
    const result = real.apply(this, args)
    if (verdict === 'after') die()
    return result
  }
}

function half(data) {
  return data.slice(0, Math.floor(data.length / 2))
}

const first = ([path]) => path
const opened = ([fd]) => paths.get(fd)
for (const name of ['writeSync', 'fsyncSync', 'fdatasyncSync', 'ftruncateSync']) patch(fs, name, name, opened)
for (const name of ['mkdirSync', 'renameSync', 'truncateSync', 'symlinkSync']) patch(fs, name, name, first)
for (const name of ['writeFileSync', 'appendFileSync']) patch(fs, name, name, ([path]) => paths.get(path) ?? path)
patch(fs, 'linkSync', 'linkSync', first)
patch(fs, 'rmSync', 'rm', first)

const { openSync } = fs
fs.openSync = (path, flags, ...rest) => {
  const writes = typeof flags === 'number' ? (flags & 3) !== 0 : flags !== undefined && flags !== 'r'
  if (writes && inside(path)) {
    const verdict = due('open')
    if (verdict instanceof Error) throw verdict
    if (verdict !== undefined) die()
  }
  const fd = openSync(path, flags, ...rest)
  paths.set(fd, path)
  return fd
}

const { open } = fs.promises
fs.promises.open = async (path, ...rest) => {
  const file = await open(path, ...rest)
  if (!inside(path)) return file
  const { write, datasync } = file
  file.write = async (data, from, length) => {
    const verdict = due('write')
    if (verdict instanceof Error) throw verdict
    if (verdict === 'torn') {
      await write.call(file, data, from, Math.floor(length / 2))
      die()
    }
    const result = await write.call(file, data, from, length)
    if (verdict === 'after') die()
    return result
  }
  file.datasync = async () => {
    const verdict = due('datasync')
    if (verdict instanceof Error) throw verdict
    if (verdict !== undefined) die()
    await datasync.call(file)
  }
  return file
}

const { spawn } = childProcess
childProcess.spawn = (program, args, options) => {
  if (process.env.SWEEP_INJECT_KEEPER === undefined || !args?.some?.((arg) => arg.endsWith('keeper.cjs'))) {
    return spawn(program, args, options)
  }
  return spawn(program, ['--require', __filename, ...args], options)
}
syncBuiltinESMExports()
