/** What a mail is made from. */
export interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly lines: readonly string[]
  readonly date: Date
  /** Unique on this host, without brackets: `gamma.3.end.1a2b@host`. */
  readonly messageId: string
}

/** Bytes of one encoded word, so that with its frame it stays below the 75 characters that are allowed. */
const WORD_BYTES = 45
/** Longest line that may be sent as it is. @source RFC 5322, 2.1.1 */
const LONGEST_LINE = 998

/**
 * The mail as text with line feeds, as the sendmail program takes it.
 *
 * @source RFC 5322 (message), RFC 2047 (encoded words in headers), RFC 2045 (MIME)
 */
export function mailText(mail: Mail): string {
  const text = `${mail.lines.join('\n')}\n`
  const plain = isAscii(text) && mail.lines.every((line) => line.length <= LONGEST_LINE)
  const body = plain ? text : `${wrapped(Buffer.from(text).toString('base64'), 76)}\n`
  const headers = {
    From: mail.from,
    To: mail.to.join(',\n '),
    Subject: mimeWord(mail.subject).replaceAll('?= =?', '?=\n =?'),
    Date: mailDate(mail.date),
    'Message-ID': `<${mail.messageId}>`,
    'MIME-Version': '1.0',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Transfer-Encoding': plain ? '7bit' : 'base64',
    // Nobody's out-of-office note is to answer. @source RFC 3834
    'Auto-Submitted': 'auto-generated',
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return `${head.join('\n')}\n\n${body}`
}

/** A header's value: as it is when it is ASCII, otherwise as encoded words, folded. Line breaks become spaces. */
export function mimeWord(value: string): string {
  const line = value.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  // What looks like an encoded word would be read as one.
  if (isAscii(line) && !line.includes('=?')) return line
  return chunks(line)
    .map((chunk) => `=?UTF-8?B?${Buffer.from(chunk).toString('base64')}?=`)
    .join(' ')
}

/** Whole characters only: a word is decoded by itself. */
function chunks(text: string): string[] {
  const parts: string[] = []
  let part = ''
  for (const character of text) {
    if (Buffer.byteLength(part + character) > WORD_BYTES) {
      parts.push(part)
      part = ''
    }
    part += character
  }
  return [...parts, part]
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Mon, 23 Nov 2026 06:30:00 +0000`, in UTC. */
function mailDate(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${DAYS[date.getUTCDay()]}, ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
}

function isAscii(text: string): boolean {
  return /^[\n\x20-\x7e\t]*$/.test(text)
}

function wrapped(text: string, width: number): string {
  return text.replace(new RegExp(`.{1,${width}}`, 'g'), '$&\n').trimEnd()
}
