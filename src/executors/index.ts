import type { Entry } from '../base/registry.ts'
import type { Executor, ExecutorContext } from './executor.ts'
import { inline } from './inline.ts'
import { local } from './local.ts'

export const executors = { inline, local } satisfies Record<string, Entry<(context: ExecutorContext) => Executor>>
