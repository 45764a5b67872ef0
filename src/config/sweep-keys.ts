/** Keys that are read. */
export const READ_KEYS = [
  'description',
  'name',
  'method',
  'metric',
  'metrics',
  'limits',
  'stop',
  'parameters',
  'space',
  'zip',
  'constraints',
  'params',
  'seeds',
  'trainer',
  'program',
  'command',
  'env',
  'pruner',
  'early_terminate',
  'race',
  'executor',
  'resources',
  'run_cap',
  'budget',
  'parallel',
  'targets',
  'ensemble',
  'report',
  'grace',
  'time_limit',
  'max_failures',
  'retry',
  'on_orchestrator_death',
  'out_of_memory',
  'sweep_seed',
  'reuse',
  'notify',
  'disk',
] as const

/** Keys of W&B that change nothing here, and why. */
export const IGNORED_KEYS: Readonly<Record<string, string>> = {
  project: 'nothing is uploaded',
  entity: 'nothing is uploaded',
  apiVersion: 'there is one version of sweep files',
  kind: 'a sweep file is a sweep',
  controller: 'the sweep is always controlled on this machine',
}

/** Keys of W&B that need its servers or its launch agents: going on without them would run something else. */
export const REFUSED_KEYS: Readonly<Record<string, { readonly why: string; readonly fix: string }>> = {
  job: { why: 'names an artifact on the servers of W&B, which its launch agents would run', fix: 'program: train.py' },
  image_uri: {
    why: 'names a container image for launch agents of W&B',
    fix: `command: [docker, run, IMAGE, "\${args}"]`,
  },
  scheduler: { why: 'chooses an engine of W&B Launch', fix: 'method: grid or method: random' },
}

/** Methods of other tools that are here under another name. */
export const SAMPLER_ALIASES: Readonly<Record<string, string>> = { cmaes: 'cma-es', bayes: 'auto' }

/** Methods of W&B and of other tools. */
export const LATER_SAMPLERS: Readonly<Record<string, string>> = Object.fromEntries(
  ['custom', 'hyperband', 'bohb', 'optuna', 'ax'].map((name) => [name, 'method: auto']),
)

export const LATER_PRUNERS: Readonly<Record<string, string>> = {
  'successive-halving': 'pruner: asha',
}

export const LATER_RACES: Readonly<Record<string, string>> = Object.fromEntries(
  ['irace', 'successive-halving', 'hoeffding'].map((name) => [name, 'race: all-seeds']),
)

export const LATER_EXECUTORS: Readonly<Record<string, string>> = Object.fromEntries(
  ['slurm', 'ssh', 'kubernetes', 'ray'].map((name) => [name, 'executor: local']),
)

/** Names that usually hold a random seed; as a parameter of the space they are ranked like any other. */
export const SEED_NAMES = /(^|[._-])(seed|random_state|seed_everything)$/i
