import { readSnapshot } from '../journal/read-snapshot.ts'
import { knowledgeJson } from '../reports/knowledge-json.ts'
import { resolveSweepId, sweepDirOf, type Workspace } from './workspace.ts'

/** How sure a sweep is, what makes the difference and what more would bring, as in ranking.json. */
export function knowledgeOf(workspace: Workspace, id: string): ReturnType<typeof knowledgeJson> {
  return knowledgeJson(readSnapshot(sweepDirOf(workspace, resolveSweepId(workspace, id))))
}
