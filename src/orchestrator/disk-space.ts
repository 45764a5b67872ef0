import { statfsSync } from 'node:fs'
import type { SweepSpec } from '../trial/sweep-spec.ts'

/** How much a disk has and what is left of it for this user, in bytes and in files. */
export interface DiskSpace {
  readonly freeBytes: number
  readonly totalBytes: number
  /** Absent where the file system does not count files. */
  readonly freeFiles?: number
}

/** What the guard remembers between two looks. */
export interface DiskGuard {
  /** By the clock that never goes back. */
  nextLook: number
  low: boolean
}

const DEFAULT_BYTES = 2 ** 30
/** Of a small disk, such as a tmpfs of a container, a share. */
const DEFAULT_SHARE = 0.05

/** A trial makes some dozens of files. */
const FILES = 1000

export function openDiskGuard(): DiskGuard {
  return { nextLook: Number.NEGATIVE_INFINITY, low: false }
}

/** Bytes that are kept free. */
export function keepFree({ totalBytes }: DiskSpace, disk: SweepSpec['disk']): number {
  return disk?.keepFreeBytes ?? Math.min(DEFAULT_BYTES, Math.floor(DEFAULT_SHARE * totalBytes))
}

/** Too little is left to start anything more. */
export function isLow({ freeBytes, freeFiles }: DiskSpace, keep: number): boolean {
  // Nobody who turned the guard off wants to hear of files either.
  return keep > 0 && (freeBytes < keep || (freeFiles !== undefined && freeFiles < FILES))
}

/** @returns undefined where the system does not say, such as for a network disk that does not answer just now */
export function diskSpace(folder: string): DiskSpace | undefined {
  try {
    const { bavail, bsize, blocks, files, ffree } = statfsSync(folder)
    const space = { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
    // Some file systems count no files, or only those that there are.
    if (space.totalBytes === 0) return undefined
    return files > FILES && ffree < files ? { ...space, freeFiles: ffree } : space
  } catch {
    return undefined
  }
}
