import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { discoverGpus } from '../../src/gpus/discover.ts'
import { parseNvidiaCsv, parseNvidiaList, parseRocmJson } from '../../src/gpus/smi-output.ts'

const bin = (name: string) => join(import.meta.dirname, '../fixtures/bin', name)
const withTool = (name: string, env: Record<string, string> = {}) =>
  discoverGpus({ env: { PATH: `${bin(name)}:/usr/bin:/bin`, ...env }, timeoutMs: 3000 })
const shownAs = async (name: string, env: Record<string, string>) =>
  (await withTool(name, env)).gpus.map((gpu) => gpu.uuid.slice(0, 12))

describe('discovery of GPUs', () => {
  it('finds none, and no problem, on a machine without the tools', async () => {
    expect(await discoverGpus({ env: { PATH: '/no/such/folder' } })).toEqual({ gpus: [], problems: [] })
  })

  it('reads what nvidia-smi says of two GPUs', async () => {
    const { gpus, problems } = await withTool('two-gpus')
    expect(problems).toEqual([])
    expect(gpus).toHaveLength(2)
    expect(gpus[1]).toEqual({
      vendor: 'nvidia',
      uuid: 'GPU-22222222-aaaa-bbbb-cccc-000000000000',
      index: 1,
      model: 'NVIDIA GeForce RTX 4090',
      memoryBytes: 24564 * 1024 ** 2,
      memoryUsedBytes: 18120 * 1024 ** 2,
    })
  })

  it('replaces a GPU in MIG mode by its devices', async () => {
    const { gpus, problems } = await withTool('mig')
    expect(problems).toEqual([])
    expect(gpus.map((gpu) => [gpu.index, gpu.instance, gpu.uuid.slice(0, 12)])).toEqual([
      [0, 0, 'MIG-aaaaaaaa'],
      [0, 1, 'MIG-bbbbbbbb'],
      [1, undefined, 'GPU-22222222'],
    ])
    expect(gpus[0]?.memoryBytes).toBe(20 * 1024 ** 3)
  })

  it('asks again without MIG when the driver does not know it', async () => {
    expect((await withTool('old-driver')).gpus.map((gpu) => gpu.model)).toEqual(['Tesla K80'])
  })

  it('says that the driver is missing, and goes on without GPUs', async () => {
    const { gpus, problems } = await withTool('no-driver')
    expect(gpus).toEqual([])
    expect(problems).toEqual([expect.stringContaining("couldn't communicate with the NVIDIA driver")])
  })

  it('does not wait for a tool that hangs', async () => {
    const env = { PATH: `${bin('hangs')}:/usr/bin:/bin` }
    const { gpus, problems } = await discoverGpus({ env, timeoutMs: 200 })
    expect(gpus).toEqual([])
    expect(problems).toEqual(['nvidia-smi did not answer within 0.2 s; a GPU or its driver hangs.'])
  })

  it('reads rocm-smi, past its warnings and whatever its fields are called', async () => {
    const { gpus } = await withTool('amd')
    expect(gpus.map((gpu) => [gpu.uuid, gpu.model])).toEqual([
      ['GPU-018f68e602b8a5a5', 'AMD INSTINCT MI210'],
      ['GPU-4bf9a9d1e1f2c3b4', 'AMD INSTINCT MI210'],
      ['2', 'Radeon RX 7900 XTX'],
    ])
    expect(gpus[0]?.memoryBytes).toBe(68702699520)
  })
})

describe('GPUs that the environment hides', () => {
  it.each([
    ['0', ['GPU-11111111']],
    ['1,0', ['GPU-22222222', 'GPU-11111111']],
    ['GPU-2222', ['GPU-22222222']],
    ['', []],
    ['-1', []],
    ['0,7,1', ['GPU-11111111']],
    ['NoDevFiles', []],
  ])('CUDA_VISIBLE_DEVICES="%s" leaves %j', async (value, expected) => {
    expect(await shownAs('two-gpus', { CUDA_VISIBLE_DEVICES: value })).toEqual(expected)
  })

  it('counts HIP_VISIBLE_DEVICES among what ROCR_VISIBLE_DEVICES leaves', async () => {
    const env = { ROCR_VISIBLE_DEVICES: '1,2', HIP_VISIBLE_DEVICES: '0' }
    expect((await withTool('amd', env)).gpus.map((gpu) => gpu.index)).toEqual([1])
  })

  it('takes a MIG device by its UUID only', async () => {
    expect(await shownAs('mig', { CUDA_VISIBLE_DEVICES: 'MIG-bbbb' })).toEqual(['MIG-bbbbbbbb'])
    expect(await shownAs('mig', { CUDA_VISIBLE_DEVICES: '0' })).toEqual([])
  })
})

describe('what the tools print on bad days', () => {
  it('keeps a GPU whose memory is not known', () => {
    const { gpus } = parseNvidiaCsv('0, GPU-1, [N/A], [N/A], NVIDIA GB10, [N/A]\n')
    expect(gpus).toEqual([expect.objectContaining({ model: 'NVIDIA GB10', memoryBytes: 0, memoryUsedBytes: 0 })])
  })

  it('leaves out a GPU that has fallen off the bus, and says so', () => {
    const { gpus, problems } = parseNvidiaCsv(
      '0, [GPU is lost], [N/A], [N/A], [N/A], [N/A]\n1, GPU-2, 10, 0, A, Disabled',
    )
    expect(gpus.map((gpu) => gpu.index)).toEqual([1])
    expect(problems).toEqual([expect.stringContaining('does not answer')])
  })

  it('says that a GPU in MIG mode has no devices', () => {
    const { migParents } = parseNvidiaCsv('3, GPU-1, 40960, 0, NVIDIA A100, Enabled')
    const text = 'GPU 3: NVIDIA A100 (UUID: GPU-1)\n'
    expect(parseNvidiaList(text, migParents).problems).toEqual([expect.stringContaining('GPU 3 (NVIDIA A100)')])
  })

  it('says that rocm-smi printed something else', () => {
    expect(parseRocmJson('ERROR: amdgpu not found').problems).toEqual([expect.stringContaining('amdgpu not found')])
  })
})
