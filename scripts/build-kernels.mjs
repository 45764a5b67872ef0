// Compiles src/trainer/engine/kernels/ (AssemblyScript) to WebAssembly. It takes seconds, so what was compiled once is
// kept by its content under node_modules/.cache. No binary is in the repository.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sources = join(root, 'src/trainer/engine/kernels')
const cache = join(root, 'node_modules/.cache/sweep-kernels')

// No runtime and no memory of its own: it works on the memory of the tensor library.
const options = [
  ...['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub', '--use', 'abort='],
  ...['--importMemory', '--noExportMemory'],
]

/** Writes the compiled kernels to `file`, whole or not at all. @param {string} file */
export async function buildKernels(file) {
  const names = readdirSync(sources).filter((name) => name.endsWith('.ts'))
  const texts = new Map(names.sort().map((name) => [name, readFileSync(join(sources, name), 'utf8')]))
  const compiler = readFileSync(join(root, 'node_modules/assemblyscript/package.json'), 'utf8')
  const hash = createHash('sha256')
    .update(JSON.stringify([[...texts], options, compiler]))
    .digest('hex')
  const kept = join(cache, `${hash}.wasm`)
  if (!existsSync(kept)) replaceFile(kept, await compile(texts))
  const content = readFileSync(kept)
  if (!existsSync(file) || !readFileSync(file).equals(content)) replaceFile(file, content)
}

/** Several test runs may do this at the same time. */
function replaceFile(file, content) {
  mkdirSync(dirname(file), { recursive: true })
  const half = `${file}.${process.pid}`
  writeFileSync(half, content)
  renameSync(half, file)
}

async function compile(texts) {
  const { default: asc } = await import('assemblyscript/asc')
  const files = new Map()
  const { error, stderr } = await asc.main(['index.ts', '--outFile', 'kernels.wasm', ...options], {
    readFile: (name) => texts.get(name) ?? null,
    writeFile: (name, content) => files.set(name, content),
    listFiles: () => [],
  })
  if (error) throw new Error(`The kernels could not be compiled: ${error.message}\n${stderr}`)
  const binary = files.get('kernels.wasm')
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(binary))
  if (imports.length !== 1) throw new Error(`The kernels import more than the memory: ${JSON.stringify(imports)}`)
  // Constants in memory would lie on top of the tensor library's own.
  if (sectionsOf(binary).includes(DATA)) throw new Error('The kernels hold data; only code and numbers are allowed.')
  return binary
}

/** Number of WebAssembly's data section. */
const DATA = 11

/** Which sections a module has. @source WebAssembly core specification 5.5.2: an id, a size in LEB128, the content */
function sectionsOf(binary) {
  const ids = []
  for (let at = 8; at < binary.length; ) {
    ids.push(binary[at++])
    let size = 0
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++]
      size += (byte & 127) * 2 ** shift
      if (byte < 128) break
    }
    at += size
  }
  return ids
}
