import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach } from 'vitest'
import { notifiers } from '../../src/notifications/index.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { HANGING, notifierContract } from '../contracts/notifier.ts'
import { fakeServer } from './a-server.ts'

const deaf = join(temporaryFolder(), 'sendmail')
writeFileSync(deaf, '#!/bin/sh\nsleep 60\n')
chmodSync(deaf, 0o755)

beforeEach(async () => {
  const { url } = await fakeServer('silence')
  HANGING.env = { SECRET: url }
})

notifierContract(
  notifiers,
  {
    command: (reference) => ({ command: ['true', reference] }),
    webhook: (reference) => ({ url: reference }),
    email: (reference) => ({ address: reference }),
    ntfy: (reference) => ({ url: reference }),
  },
  {
    command: () => ({ command: ['sleep', '60'] }),
    webhook: (reference) => ({ url: reference }),
    email: () => ({ address: 'me@example.org', from: 'me@example.org', sendmail: deaf }),
    ntfy: (reference) => ({ url: reference }),
  },
)
