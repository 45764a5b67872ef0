import { describe, expect, it } from 'vitest'
import type { Registry } from '../../src/base/registry.ts'
import type { Message, Notifier } from '../../src/notifications/notifier.ts'
import { Undelivered } from '../../src/notifications/notifier.ts'

const message: Message = {
  ...{ format: 1, event: 'end', sweep: 'gamma.3', level: 'info' },
  ...{ title: 'gamma.3 finished', lines: ['1. #5'], facts: {} },
}

/** Options that send to a secret of the environment, by notifier; a new one needs a line here. */
export type SecretOptions = Readonly<Record<string, (reference: string) => Record<string, unknown>>>

/** What every notifier promises. `hangs` = what the secret is, so that sending never ends by itself. */
export function notifierContract(notifiers: Registry<Notifier>, options: SecretOptions, hangs: SecretOptions): void {
  describe.each(Object.entries(notifiers))('notifier %s', (name, made) => {
    const secret = made.create(options[name]?.(`\${env:SECRET}`))

    it('has a name that shows no secret, whether its variable is set or not', () => {
      expect(secret.name({ SECRET: 'https://example.org/sEcReT' })).toMatch(/^\w+( [\w.:/-]+)?$/)
      expect(secret.name({ SECRET: 'https://example.org/sEcReT' })).not.toContain('sEcReT')
      expect(secret.name({})).toContain(name)
    })

    it('says which variable is missing, and does not ask for another attempt', async () => {
      const signal = new AbortController().signal
      const error = await secret.send(message, { env: {}, signal }).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(Undelivered)
      expect(error).toMatchObject({ again: false, message: expect.stringContaining('SECRET is not set') })
    })

    it('refuses options that it does not know', () => {
      expect(() => made.create({ ...options[name]?.('x'), unknown: 1 })).toThrow()
    })

    it('ends at once when its time is up, without another attempt after it', async () => {
      const over = new AbortController()
      setTimeout(() => over.abort(), 100)
      const hanging = made.create(hangs[name]?.(`\${env:SECRET}`))
      const began = performance.now()
      const sending = hanging.send(message, { env: { ...process.env, ...HANGING.env }, signal: over.signal })
      await expect(sending).rejects.toBeInstanceOf(Undelivered)
      expect(performance.now() - began).toBeLessThan(5000)
    })
  })
}

/** Set by the test: the address of a server that never answers. */
export const HANGING: { env: Record<string, string> } = { env: {} }
