interface Event<T> {
  readonly time: number
  /** Of two at the same time the one that was added first comes first, so that nothing depends on luck. */
  readonly order: number
  readonly what: T
}

/** What is to happen, earliest first: a binary heap. */
export class EventQueue<T> {
  readonly #heap: Event<T>[] = []
  #added = 0

  /** Infinite when nothing will happen. */
  get nextTime(): number {
    return this.#heap[0]?.time ?? Number.POSITIVE_INFINITY
  }

  add(time: number, what: T): void {
    const heap = this.#heap
    const event = { time, order: this.#added++, what }
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent] as Event<T>
      if (isBefore(above, event)) break
      heap[at] = above
      at = parent
    }
    heap[at] = event
  }

  /** Removes the earliest one; undefined when that is later than `time`, or nothing is left. */
  takeUntil(time: number): T | undefined {
    const heap = this.#heap
    const [first] = heap
    if (first === undefined || first.time > time) return undefined
    const last = heap.pop() as Event<T>
    if (heap.length > 0) this.#sink(last)
    return first.what
  }

  #sink(event: Event<T>): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event<T>, heap[child] as Event<T>)) child++
      const below = heap[child] as Event<T>
      if (isBefore(event, below)) break
      heap[at] = below
      at = child
    }
    heap[at] = event
  }
}

function isBefore<T>(a: Event<T>, b: Event<T>): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order)
}
