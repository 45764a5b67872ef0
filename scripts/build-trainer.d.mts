/** What stays outside every bundle of ours. */
export const external: RegExp[]

/** Writes `folder/main.js` and the WebAssembly files that it looks for beside itself. */
export function buildTrainer(folder: string, input?: string): Promise<void>
