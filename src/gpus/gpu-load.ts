// The contract of packing: what is on the GPUs, what waits, and what is to be started.

/** Somebody of ours (or of another sweep of this program) on a GPU. */
export interface Tenant {
  readonly key: string
  /** 0 < share <= 1; 1 = nobody else may join it. */
  readonly share: number
  /** Set aside for it on this GPU. @default its share of the GPU */
  readonly reservedBytes?: number
  /** The most that was seen of it on this GPU so far; 0 = nothing yet. */
  readonly peakBytes: number
  /** Milliseconds until it probably ends; absent = not known. */
  readonly endsInMs?: number
}

/** What is on one GPU. */
export interface GpuLoad {
  readonly uuid: string
  /** 0 = not known; then only whole GPUs and fixed shares are given out. */
  readonly memoryBytes: number
  /** Measured memory of processes that are not ours. */
  readonly foreignBytes: number
  readonly tenants: readonly Tenant[]
}

/** What one waiting trial asks for. */
export interface Need {
  readonly key: string
  /** 1, 2 ... devices, or a fixed share of one between 0 and 1. */
  readonly gpus: number
  /** To set aside on each of its GPUs: the upper end of the forecast. Absent = not known: it gets whole GPUs. */
  readonly memoryBytes?: number
  /** Nobody beside it, whatever it needs, as after an out-of-memory. */
  readonly alone?: boolean
  /** Only GPUs with more memory than this, as after an out-of-memory alone on a GPU of this size. */
  readonly largerThanBytes?: number
  /** Probable time from start to end in milliseconds; absent = not known. */
  readonly expectedMs?: number
}

/** How GPUs are shared. */
export interface PackingPolicy {
  /** Trials on one GPU at most. @default 4 */
  readonly mostPerGpu?: number
  /** UUIDs, best first; the others come after them. */
  readonly prefer?: readonly string[]
  /** GPUs on which other people compute are left to them; otherwise what they leave free is used. @default true */
  readonly polite?: boolean
  /** This many later trials may overtake one before GPUs are kept free for it. @default 8 for each GPU */
  readonly patience?: number
}

/** What {@link pack} wants to be told again at its next call. Losing it delays a large trial, nothing worse. */
export interface PackingState {
  /** By key: how many that came later were started before it. */
  readonly passedOver: Readonly<Record<string, number>>
  /** For whom which GPUs are kept free. */
  readonly drained?: { readonly key: string; readonly gpus: readonly string[] }
}

/** What is so at one call only. */
export interface PackingSituation {
  /** What the call before answered. */
  readonly before?: PackingState
  /** Trials to start at most. @default as many as fit */
  readonly most?: number
}

/** One trial to start. */
export interface Placement {
  readonly key: string
  readonly gpus: readonly { readonly uuid: string; readonly share: number; readonly reserveBytes: number }[]
}

/** The answer of {@link pack}. */
export interface Packing {
  /** In this order. */
  readonly starts: readonly Placement[]
  /** Keys that no GPU of this machine could ever take: `largerThanBytes` or the number of GPUs says so. */
  readonly impossible: readonly string[]
  readonly state: PackingState
}
