import type { MachineOffer } from '../app/gpus.ts'
import { bytes, counted } from '../base/human-readable.ts'
import { BaseCommand } from './base-command.ts'
import { table } from './text/table.ts'
import { dateTime } from './text/time-text.ts'

export default class Gpus extends BaseCommand {
  static override summary = 'What this machine has for trials, and which sweep uses it now.'
  static override examples = ['<%= config.bin %> gpus']

  async run(): Promise<void> {
    await this.parse(Gpus)
    const { machineOffer } = await import('../app/gpus.ts')
    const offer = await machineOffer()
    const { gpus, cores, memoryBytes, slots, uses, leases, visibility, problems } = offer
    const right = { align: 'right' } as const
    this.answer(offer, () => [
      ...table(
        [
          { title: 'gpu' },
          { title: 'model' },
          { title: 'memory', ...right },
          { title: 'used', ...right },
          { title: 'reserved', ...right },
          { title: 'peak', ...right },
          { title: 'trials', ...right },
          { title: 'uuid' },
        ],
        gpus.map((gpu, i) => [
          String(gpu.index),
          gpu.model,
          bytes(gpu.memoryBytes),
          bytes(gpu.memoryUsedBytes),
          bytes(uses[i]?.reservedBytes ?? 0),
          bytes(uses[i]?.peakBytes ?? 0),
          String(uses[i]?.trials ?? 0),
          this.style.dim(gpu.uuid),
        ]),
      ).slice(gpus.length === 0 ? 1 : 0),
      ...(gpus.length === 0 ? [`No GPU here: trials run on the ${counted(cores, 'core')}.`] : []),
      ...(visibility === '' ? [] : [`Some may be hidden: ${visibility}.`]),
      `${counted(slots.length, 'slot')}: ${slots.map(({ id }) => id).join(' ')}   (${bytes(memoryBytes)} of memory)`,
      ...leases.map((row) => leaseText(row)),
      ...problems.map((problem) => this.style.yellow(problem)),
    ])
  }
}

function leaseText({
  slot,
  holder,
  since,
  reserved,
  peakBytes,
  wants,
  quarantine,
}: MachineOffer['leases'][number]): string {
  if (wants !== undefined) return `${holder} waits for whole GPUs since ${dateTime(since)}; others leave it room.`
  const parts = [
    `${slot} is leased to ${holder} since ${dateTime(since)}`,
    ...(reserved === undefined ? [] : [`${bytes(Math.max(0, ...Object.values(reserved)))} reserved`]),
    ...(peakBytes === undefined ? [] : [`peak ${bytes(peakBytes)}`]),
    ...(quarantine === undefined ? [] : [`not used: memory is held, ${quarantine.note}`]),
  ]
  return parts.join(', ')
}
