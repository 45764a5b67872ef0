// A Vulkan driver that needs no GPU, so that the backend `webgpu` can be tried on any Debian: Mesa's lavapipe, unpacked
// into a folder, nothing installed. Debian 12's own Mesa (22.3) is refused by Dawn, so it is taken from backports.
//   npm run bench -- software-vulkan [folder]
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const folder = resolve(process.argv[2] ?? join(tmpdir(), 'sweep-webgpu'))
const [lists, debs, root] = ['apt', 'debs', 'root'].map((name) => join(folder, name))
for (const made of [
  join(lists, 'sources'),
  join(lists, 'lists/partial'),
  join(lists, 'cache/archives/partial'),
  debs,
]) {
  mkdirSync(made, { recursive: true })
}
writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
run('npm', ['install', '--no-audit', '--no-fund', 'webgpu@0.6.2', '@tensorflow/tfjs-backend-webgpu@4.22.0'], folder)

writeFileSync(
  join(lists, 'sources/backports.sources'),
  'Types: deb\nURIs: http://deb.debian.org/debian\nSuites: bookworm bookworm-backports\nComponents: main\n' +
    'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n',
)
const apt = ['Etc::sourcelist=/dev/null', `Etc::sourceparts=${lists}/sources`, `State::lists=${lists}/lists`]
const options = [...apt, `Cache=${lists}/cache`].flatMap((option) => ['-o', `Dir::${option}`])
run('apt-get', [...options, '-qq', 'update'], debs)
run(
  'apt-get',
  [
    ...options,
    '-qq',
    '-t',
    'bookworm-backports',
    'download',
    'mesa-vulkan-drivers',
    'libvulkan1',
    'libdrm2',
    'libdrm-amdgpu1',
  ],
  debs,
)
for (const name of readdirSync(debs).filter((file) => file.endsWith('.deb'))) run('dpkg-deb', ['-x', name, root], debs)

const libraries = join(root, 'usr/lib/x86_64-linux-gnu')
const driver = { api_version: '1.4.305', library_path: join(libraries, 'libvulkan_lvp.so') }
writeFileSync(join(folder, 'lavapipe.json'), JSON.stringify({ file_format_version: '1.0.0', ICD: driver }))
const missing = spawnSync('ldd', [driver.library_path], { encoding: 'utf8' }).stdout.match(/^.*not found$/gm)
console.log(missing ? `Still missing on this machine:\n${missing.join('\n')}` : 'A Vulkan without a GPU. To use it:')
console.log(`  export VK_ICD_FILENAMES=${join(folder, 'lavapipe.json')}`)
console.log(`  export LD_LIBRARY_PATH=${libraries}`)
console.log(`  export NODE_PATH=${join(folder, 'node_modules')}`)

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
  if (error || status !== 0) throw new Error(`${command} failed: ${error?.message ?? `exit code ${status}`}`)
}
