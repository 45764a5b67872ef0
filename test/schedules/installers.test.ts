import { installers } from '../../src/schedules/index.ts'
import { installerContract } from '../contracts/installer.ts'

installerContract(installers, { none: { keeps: 'it has nothing to install' } })
