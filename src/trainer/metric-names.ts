import type { Task } from './dataset.ts'

const ofTasks = (split: 'val' | 'test', tasks: readonly Task[]) =>
  tasks.flatMap(({ name, classes }) => [
    `${split}/macro_f1.${name}`,
    `${split}/accuracy.${name}`,
    ...classes.map((one) => `${split}/f1.${name}.${one}`),
  ])

/** Metrics that every epoch reports, the most important first. */
export function epochMetrics(tasks: readonly Task[]): string[] {
  return ['val/macro_f1', 'val/loss', 'train/loss', ...ofTasks('val', tasks), 'lr']
}

/** All metrics that a trial may report, in its epochs or at its end. */
export function trialMetrics(tasks: readonly Task[]): string[] {
  const calibrated = ['val', 'test'].flatMap((split) => {
    return [`${split}/calibrated_macro_f1`, `${split}/ece`, `${split}/calibrated_ece`]
  })
  const course = ['best_epoch', 'stopped_epoch', 'still_rising']
  return [...epochMetrics(tasks), 'test/macro_f1', 'test/loss', ...ofTasks('test', tasks), ...calibrated, ...course]
}
