import type { Timer } from './installer.ts'
import { unitName } from './unit-name.ts'

/**
 * A property list for launchd. It starts no agent that still runs, so ours decides, leaves the work to a process of its
 * own (--detach) and ends.
 *
 * @source launchd.plist(5)
 */
export function launchdPlist(timer: Timer): string {
  const minutes = timer.minutes.map((minute) => `    <dict><key>Minute</key><integer>${minute}</integer></dict>`)
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${escaped(unitName(timer))}</string>
  <key>ProgramArguments</key>
  <array>
${[...timer.argv, '--detach'].map((word) => `    <string>${escaped(word)}</string>`).join('\n')}
  </array>
  <key>StartCalendarInterval</key>
  <array>
${minutes.join('\n')}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>AbandonProcessGroup</key>
  <true/>
  <key>StandardOutPath</key>
  <string>${escaped(timer.log)}</string>
  <key>StandardErrorPath</key>
  <string>${escaped(timer.log)}</string>
</dict>
</plist>
`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
