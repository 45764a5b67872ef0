/** Why a file may go. */
export type WasteKind = 'checkpoints' | 'weights' | 'leftovers' | 'cache'

/** One file that nothing needs any more. */
export interface Waste {
  /** Absolute; not a link, and no folder on the way to it is one. */
  readonly path: string
  /** On the disk. */
  readonly bytes: number
  readonly kind: WasteKind
  readonly trial?: number
}
