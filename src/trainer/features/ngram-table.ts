/**
 * Numbers n-grams 0, 1, 2 ... in the order they are first seen. A Map does the same at a third of the speed, and the
 * features of a trial are waited for.
 */
export class NgramTable {
  #slots: Int32Array
  #hashes: Uint32Array
  #size = 0

  /** @param expected how many n-grams will come, roughly; it grows */
  constructor(expected = 1 << 15) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(16, expected * 2)))
    this.#slots = new Int32Array(capacity).fill(-1)
    this.#hashes = new Uint32Array(capacity)
  }

  get size(): number {
    return this.#size
  }

  /** The n-grams by number. */
  get hashes(): Uint32Array {
    return this.#hashes.slice(0, this.#size)
  }

  /** @returns the n-gram's number, or -1 */
  find(hash: number): number {
    return this.#slots[this.#slotOf(hash)] as number
  }

  /** @returns the n-gram's number, a new one if it was never seen */
  findOrAdd(hash: number): number {
    let slot = this.#slotOf(hash)
    const known = this.#slots[slot] as number
    if (known >= 0) return known
    if (2 * this.#size >= this.#slots.length) {
      this.#grow()
      slot = this.#slotOf(hash)
    }
    this.#slots[slot] = this.#size
    this.#hashes[this.#size] = hash
    return this.#size++
  }

  /** The slot that holds `hash`, or the free one where it belongs (linear probing; at most half are taken). */
  #slotOf(hash: number): number {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (;;) {
      const number = this.#slots[slot] as number
      if (number < 0 || this.#hashes[number] === hash) return slot
      slot = (slot + 1) & mask
    }
  }

  #grow(): void {
    const hashes = this.hashes
    this.#slots = new Int32Array(2 * this.#slots.length).fill(-1)
    this.#hashes = new Uint32Array(this.#slots.length)
    this.#hashes.set(hashes)
    for (let number = 0; number < hashes.length; number++) this.#slots[this.#slotOf(hashes[number] as number)] = number
  }
}
