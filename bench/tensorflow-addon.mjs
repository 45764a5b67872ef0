// Builds the addon of @tensorflow/tfjs-node from nothing but registries: npm (the package, without its install script),
// PyPI (a wheel of TensorFlow, which holds the library and its headers) and the compiler of this machine. It shows that
// the backend `tensorflow` works where its own download is not reached, and with a newer TensorFlow than its 2.9.1.
//   npm run bench -- tensorflow-addon [folder] [version of tensorflow-cpu]
// Needs g++, python3 with pip, unzip and Node's headers (NODE_HEADERS, otherwise beside node). About 900 MB of disk.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const folder = resolve(process.argv[2] ?? join(tmpdir(), 'sweep-tensorflow'))
const version = process.argv[3] ?? '2.15.1'
const headers = process.env.NODE_HEADERS ?? join(dirname(dirname(process.execPath)), 'include/node')
if (!existsSync(join(headers, 'node_api.h'))) throw new Error(`no node_api.h in ${headers}: set NODE_HEADERS`)
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'package.json'), '{"private":true}\n')

run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '@tensorflow/tfjs-node@4.22.0'])
// Wheels for one Python only, but the library inside does not care: any that is offered for this system will do.
const system = ['--python-version', '3.10', '--platform', 'manylinux2014_x86_64', '--only-binary=:all:', '--no-deps']
run('python3', ['-m', 'pip', 'download', '--quiet', ...system, '-d', 'wheel', `tensorflow-cpu==${version}`])
const wheel = readdirSync(join(folder, 'wheel')).find((name) => name.startsWith(`tensorflow_cpu-${version}-`))
run('unzip', ['-qo', join('wheel', wheel), 'tensorflow/include/*', 'tensorflow/libtensorflow*', '-d', 'wheel'])

const pkg = join(folder, 'node_modules/@tensorflow/tfjs-node')
const [deps, addon] = [join(pkg, 'deps'), join(pkg, 'lib/napi-v8/tfjs_binding.node')]
const tensorflow = join(folder, 'wheel/tensorflow')
const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']
rmSync(deps, { recursive: true, force: true })
mkdirSync(join(deps, 'lib'), { recursive: true })
mkdirSync(dirname(addon), { recursive: true })
symlinkSync(join(tensorflow, 'include'), join(deps, 'include'))
for (const name of libraries) symlinkSync(join(tensorflow, name), join(deps, 'lib', name))
// The binding is two files on TensorFlow's public C interface; node-gyp would do no more than this.
run('g++', [
  ...['-std=c++17', '-O2', '-shared', '-fPIC', '-DNAPI_VERSION=8'],
  ...[`-I${headers}`, `-I${join(deps, 'include')}`],
  ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(pkg, 'binding', name)),
  ...libraries.map((name) => join(deps, 'lib', name)),
  ...['-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', addon],
])
run(process.execPath, [
  '-e',
  "const tf = require('@tensorflow/tfjs-node'); const a = tf.tensor2d([[1, 2], [3, 4]]);" +
    "if (tf.matMul(a, a, true).dataSync().join() !== '10,14,14,20') throw new Error('wrong product')",
])
console.log(`@tensorflow/tfjs-node computes with TensorFlow ${version}. To use it:`)
console.log(`  export NODE_PATH=${join(folder, 'node_modules')}`)

function run(command, args) {
  console.log(`> ${command} ${args.slice(0, 4).join(' ')}${args.length > 4 ? ' ...' : ''}`)
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] })
  if (error || status !== 0) throw new Error(`${command} failed: ${error?.message ?? `exit code ${status}`}`)
}
