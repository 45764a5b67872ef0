// What lives of the sweeps in a folder, found by the environment that everything of a sweep inherits. Linux only.
import { readdirSync, readFileSync } from 'node:fs'

/** @returns pid and command line of each; of this process itself nothing */
export function processesOf(folder) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`SWEEP_FOLDER=${folder}\0`)) return []
        const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim()
        return command === '' ? [] : [{ pid: Number(pid), command }]
      } catch {
        return []
      }
    })
}

/** @returns milliseconds of CPU time that a process has used so far, its children not counted */
export function cpuTimeOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // User and system time in ticks of 10 ms, which Linux shows in this unit whatever its own.
  return 10 * (Number(fields[11]) + Number(fields[12]))
}
