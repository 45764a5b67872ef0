/** Quotes one argument for a POSIX shell, only where it is needed, so that suggestions can be pasted. */
function shellQuote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
}

/** @returns the arguments as one line that a shell splits again into the same ones. */
export function commandLine(...argv: readonly string[]): string {
  return argv.map(shellQuote).join(' ')
}
