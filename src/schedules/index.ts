import { crontab } from './crontab.ts'
import { foreground } from './foreground.ts'
import { launchd } from './launchd.ts'
import { systemd } from './systemd.ts'

/** In the order in which they are tried. */
export const installers = { systemd, launchd, crontab, none: foreground }
