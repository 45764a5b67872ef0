import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { type BadEnd, outOfMemoryOf } from '../../src/protocol/out-of-memory.ts'

const of = (text: string, end: Omit<BadEnd, 'lines'> = { exitCode: 1 }) =>
  outOfMemoryOf({ ...end, lines: text.split('\n').filter((line) => line.trim() !== '') })

/** What these programs print, as they print it. */
const GPU: Readonly<Record<string, string>> = {
  'PyTorch 2.5': `Traceback (most recent call last):
  File "/home/a/train.py", line 41, in <module>
    loss.backward()
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 15.77 GiB of which 13.88 MiB is free. Process 3121 has 15.75 GiB memory in use. Of the allocated memory 15.20 GiB is allocated by PyTorch, and 176.10 MiB is reserved by PyTorch but unallocated. If reserved but unallocated memory is large try setting PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid fragmentation.  See documentation for Memory Management  (https://pytorch.org/docs/stable/notes/cuda.html#environment-variables)`,
  'PyTorch 2.0': `torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 23.69 GiB total capacity; 21.37 GiB already allocated; 1.05 GiB free; 21.68 GiB reserved in total by PyTorch)`,
  'PyTorch 1.9': `RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 11.17 GiB total capacity; 9.36 GiB already allocated; 1.33 GiB free; 9.46 GiB reserved in total by PyTorch)`,
  'PyTorch 0.4': `RuntimeError: cuda runtime error (2) : out of memory at /pytorch/aten/src/THC/generic/THCStorage.cu:58`,
  'PyTorch on ROCm': `torch.OutOfMemoryError: HIP out of memory. Tried to allocate 1.17 GiB. GPU 0 has a total capacity of 15.98 GiB of which 256.00 MiB is free.`,
  'PyTorch on a Mac': `RuntimeError: MPS backend out of memory (MPS allocated: 17.98 GB, other allocations: 124.78 MB, max allowed: 18.13 GB). Tried to allocate 65.25 MB on private pool. Use PYTORCH_MPS_HIGH_WATERMARK_RATIO=0.0 to disable upper limit for memory allocations (may cause system failure).`,
  'a kernel that met it late': `RuntimeError: CUDA error: out of memory
CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.
For debugging consider passing CUDA_LAUNCH_BLOCKING=1`,
  cuBLAS: 'RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`',
  cuDNN: 'RuntimeError: cuDNN error: CUDNN_STATUS_ALLOC_FAILED',
  NCCL: `node1:4124:4249 [0] include/alloc.h:117 NCCL WARN Cuda failure 2 'out of memory'`,
  'one process of torchrun': `[rank1]: Traceback (most recent call last):
[rank1]:   File "/w/train.py", line 88, in <module>
[rank1]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.50 GiB. GPU 1 has a total capacity of 79.10 GiB of which 937.75 MiB is free.
Traceback (most recent call last):
  File "/opt/conda/bin/torchrun", line 8, in <module>
    sys.exit(main())
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
============================================================
train.py FAILED`,
  'an error that was caught and raised again': `torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.50 GiB. GPU 0 has a total capacity of 79.10 GiB.
The above exception was the direct cause of the following exception:
Traceback (most recent call last):
  File "/w/train.py", line 88, in <module>
RuntimeError: training failed at step 12`,
  'a worker whose parent only says where to look': `(Worker pid=2421) ERROR 10-14 12:32:47 torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.88 GiB. GPU 3 has a total capacity of 21.96 GiB
(Worker pid=2422) SystemExit: 
RuntimeError: Engine core initialization failed. See root cause above.`,
  'TensorFlow with several roots': `ResourceExhaustedError: 2 root error(s) found.
  (0) Resource exhausted: OOM when allocating tensor with shape[16,112,112,147] and type float on /job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc
	 [[{{node resnet_v1_50/conv1/ExtractImagePatches}}]]
Hint: If you want to see a list of allocated tensors when OOM happens, add report_tensor_allocations_upon_oom to RunOptions for current allocation info.`,
  Accelerate: 'RuntimeError: No executable batch size found, reached zero.',
  TensorFlow: `tensorflow.python.framework.errors_impl.ResourceExhaustedError: {{function_node __wrapped__AddV2_device_/job:localhost/replica:0/task:0/device:GPU:0}} failed to allocate memory [Op:AddV2] name:`,
  'TensorFlow in a graph': `2024-01-07 12:00:01.2 W tensorflow/core/framework/op_kernel.cc:1745] OP_REQUIRES failed at conv_ops.cc:684 : RESOURCE_EXHAUSTED: OOM when allocating tensor with shape[64,512,56,56] and type float on /job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc`,
  'the CUDA runtime': `terminate called after throwing an instance of 'thrust::system::system_error'
  what():  parallel_for failed: cudaErrorMemoryAllocation: out of memory`,
  'XGBoost on a GPU': `xgboost.core.XGBoostError: [12:00:01] /workspace/src/data/../common/device_helpers.cuh:429: Memory allocation error on worker 0: std::bad_alloc: cudaErrorMemoryAllocation: out of memory`,
  numba: 'numba.cuda.cudadrv.driver.CudaAPIError: [2] Call to cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY',
  CuPy: 'cupy.cuda.memory.OutOfMemoryError: Out of memory allocating 8,000,000,000 bytes (allocated so far: 16,000,000,000 bytes).',
  'llama.cpp':
    'ggml_backend_cuda_buffer_type_alloc_buffer: allocating 4807.05 MiB on device 0: cudaMalloc failed: out of memory',
  'an Intel GPU': 'RuntimeError: level_zero backend failed with error: 39 (UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY)',
  CatBoost:
    '(NCudaLib::TOutOfMemoryError) catboost/cuda/cuda_lib/memory_pool/stack_like_memory_pool.h:303: Error: Out of memory. Requested 11032 MB; Free 8260.007324 MB',
  'CUDA.jl': 'ERROR: Out of GPU memory trying to allocate 7.451 GiB',
  'ONNX Runtime on a GPU': `onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException: [ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : CUDA failure 2: out of memory ; GPU=0 ; hostname=box ; expr=cudaMalloc((void**)&p, size);`,
  Paddle: `ResourceExhaustedError: Out of memory error on GPU 0. Cannot allocate 1.953125GB memory on GPU 0, 22.5GB memory has been allocated`,
}

const EITHER: Readonly<Record<string, string>> = {
  JAX: 'jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 17179869184 bytes.',
  'JAX on one of several':
    'jax.errors.JaxRuntimeError: RESOURCE_EXHAUSTED: Failed to allocate request for 2.00GiB (2147483648B) on device ordinal 0',
  'JAX, with a list of its buffers below it': `jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 6291456 bytes.
BufferAssignment OOM Debugging.
BufferAssignment stats:
             parameter allocation:    6.00MiB
Peak buffers:
	Buffer 1:
		Size: 6.00MiB
		Operator: op_name="jit(concatenate)/jit(main)/concatenate[dimension=0]" source_file="models.py" source_line=689`,
  'JAX, of a constant':
    'jaxlib.xla_extension.XlaRuntimeError: INTERNAL: Failed to allocate 98697216 bytes for new constant',
  'an older JAX':
    'E external/org_tensorflow/tensorflow/compiler/xla/python/local_client.cc:672] Execution of replica 0 failed: Resource exhausted: Out of memory while trying to allocate 5520758552 bytes.',
  'a TPU':
    'RuntimeError: Bad StatusOr access: RESOURCE_EXHAUSTED: Error loading program: Attempting to reserve 8.67G at the bottom of memory.',
  'ONNX Runtime':
    '/onnxruntime/core/framework/bfc_arena.cc:376 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool) Failed to allocate memory for requested buffer of size 1073741824',
  LightGBM: 'lightgbm.basic.LightGBMError: Out of Host Memory',
  'some library': 'mylib.errors.DeviceError: the device is out of memory',
}

const HEAP: Readonly<Record<string, readonly [text: string, end?: Omit<BadEnd, 'lines'>]>> = {
  Node: [
    `<--- Last few GCs --->
[4242:0x5c0a3d0]    61023 ms: Mark-sweep 4042.5 (4128.6) -> 4039.9 (4129.1) MB, 3081.0 / 0.0 ms  (average mu = 0.122) allocation failure; scavenge might not succeed
<--- JS stacktrace --->
FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
 1: 0xb7a940 node::Abort() [node]`,
    { exitCode: 134, signal: 'SIGABRT' },
  ],
  'a worker of Node': [
    'Error [ERR_WORKER_OUT_OF_MEMORY]: Worker terminated due to reaching memory limit: JS heap out of memory',
  ],
  Java: ['Exception in thread "main" java.lang.OutOfMemoryError: Java heap space'],
  'the built-in trainer before it begins': [
    'A training step of hf:bert-base-multilingual-cased takes about 7.2 GiB of tensors, and those of backend wasm end at 4.0 GiB. Nothing was trained.',
    { exitCode: 3 },
  ],
  'the built-in trainer later on': [
    'The tensor heap is out of memory: 96 MiB more were needed and it ends at 4 GiB. Training stopped there.',
  ],
}

const HOST: Readonly<Record<string, readonly [text: string, end?: Omit<BadEnd, 'lines'>]>> = {
  Python: ['Traceback (most recent call last):\n  File "a.py", line 2, in <module>\n    x = [0] * 10**13\nMemoryError'],
  NumPy: [
    'numpy.core._exceptions._ArrayMemoryError: Unable to allocate 59.6 GiB for an array with shape (8000000000,) and data type float64',
  ],
  Arrow: ['pyarrow.lib.ArrowMemoryError: malloc of size 68719476736 failed'],
  'PyTorch on the processor': [
    `RuntimeError: [enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 68719476736 bytes. Error code 12 (Cannot allocate memory)`,
  ],
  'a data loader': ['RuntimeError: DataLoader worker (pid 22) is killed by signal: Killed. '],
  'several data loaders': ['RuntimeError: DataLoader worker (pid(s) 22, 23) is killed by signal: Killed. '],
  'TensorFlow on the processor': [
    'ResourceExhaustedError: OOM when allocating tensor with shape[100000,100000] and type float on /job:localhost/replica:0/task:0/device:CPU:0 by allocator cpu [Op:RandomUniform]',
  ],
  'C++': [
    "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc",
    { exitCode: 134 },
  ],
  'C++ on a Mac': ['libc++abi: terminating due to uncaught exception of type std::bad_alloc: std::bad_alloc'],
  Rust: ['memory allocation of 17179869184 bytes failed', { exitCode: 134 }],
  Go: ['fatal error: runtime: out of memory', { exitCode: 2 }],
  R: ['Error: cannot allocate vector of size 7.5 Gb'],
  Julia: ['ERROR: OutOfMemoryError()'],
  'Java that cannot start': [
    '# There is insufficient memory for the Java Runtime Environment to continue.\n# Native memory allocation (mmap) failed to map 170917888 bytes for committing reserved memory.',
  ],
  'an array of Node': ['RangeError: Array buffer allocation failed'],
  'a fork': ['OSError: [Errno 12] Cannot allocate memory'],
  'a shell that cannot fork': ['train.sh: fork: Cannot allocate memory', { exitCode: 254 }],
  joblib: [
    'joblib.externals.loky.process_executor.TerminatedWorkerError: A worker process managed by the executor was unexpectedly terminated. This could be caused by a segmentation fault while calling the function or by an excessive memory usage causing the Operating System to kill the worker.\nThe exit codes of the workers are {SIGKILL(-9)}',
  ],
  torchrun: ['  traceback : Signal 9 (SIGKILL) received by PID 5123'],
  Slurm: [
    'slurmstepd: error: Detected 1 oom_kill event in StepId=4242.batch. Some of the step tasks have been OOM Killed.',
    { exitCode: 137 },
  ],
  'an older Slurm': ['slurmstepd: error: Detected 1 oom-kill event(s) in step 4242.batch cgroup.'],
  'a child of bash': ['./train.sh: line 3: 22315 Killed                  python train.py', { exitCode: 137 }],
  'a child of sh': ['Killed', { exitCode: 137 }],
  'the kernel': [
    'Memory cgroup out of memory: Killed process 22315 (python) total-vm:98566284kB, anon-rss:66214912kB',
    { signal: 'SIGKILL' },
  ],
  'the built-in trainer': [
    'Training takes about 9.1 GiB of memory, and this machine has 3.2 GiB free. Nothing was trained.',
  ],
}

describe('memory that was short is recognised in what is printed by', () => {
  it.each(Object.entries(GPU))('%s (GPU)', (_, text) => expect(of(text)?.memory).toBe('gpu'))
  it.each(Object.entries(EITHER))('%s (GPU or machine)', (_, text) => expect(of(text)?.memory).toBe('either'))
  it.each(Object.entries(HEAP))('%s (its own limit)', (_, [text, end]) => expect(of(text, end)?.memory).toBe('heap'))
  it.each(Object.entries(HOST))('%s (machine)', (_, [text, end]) => expect(of(text, end)?.memory).toBe('host'))
})

/** Lines of trainers that ended badly for another reason. */
const OTHERS: Readonly<Record<string, string>> = {
  'a trainer that is proud of it': 'gradient checkpointing saved memory: 3.1 GiB instead of 7.9 GiB',
  'a metric': '{"step": 3, "gpu/memory_allocated_gib": 15.2, "memory": 0.93}',
  'a hint in a help text': '  --batch-size N   lower this if you run out of memory (CUDA out of memory)',
  'a hint of a trainer': 'WARNING: if you see "CUDA out of memory", reduce per_device_train_batch_size.',
  'a warning of TensorFlow that says it is none':
    'W tensorflow/core/common_runtime/bfc_allocator.cc:479] Allocator (GPU_0_bfc) ran out of memory trying to allocate 1.17GiB with freed_by_count=0. The caller indicates that this is not a failure, but this may mean that there could be performance gains if more memory were available.',
  'TensorFlow looking for a block that fits':
    'E tensorflow/stream_executor/cuda/cuda_driver.cc:794] failed to allocate 10.00G (10737418240 bytes) from device: CUDA_ERROR_OUT_OF_MEMORY: out of memory',
  'a source line of a traceback': '    except torch.cuda.OutOfMemoryError:',
  'a message that was too large':
    'grpc._channel._InactiveRpcError: RESOURCE_EXHAUSTED: Received message larger than max (5242880 vs. 4194304)',
  'threads that could not be made': 'java.lang.OutOfMemoryError: unable to create new native thread',
  'shared memory':
    "RuntimeError: DataLoader worker (pid 7) is killed by signal: Bus error. It is possible that dataloader's workers are out of shared memory.",
  'a model of memory': 'ValueError: memory_size must be above 0',
  'a class of that name': 'AttributeError: module has no attribute OutOfMemoryHandler',
  'a shell that says so at another exit code': 'Killed',
  'a game': 'Killed by monster 3 after 12 steps',
  'one that went on with a smaller batch and met a mistake': `torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 15.77 GiB.
going on with batch_size 8
Traceback (most recent call last):
  File "/w/train.py", line 99, in <module>
KeyError: 'lable'`,
}

describe('memory was not short, although it is spoken of by', () => {
  it.each(Object.entries(OTHERS))('%s', (_, text) => expect(of(text)).toBeUndefined())

  it('exit code 137 alone: somebody may have typed kill -9', () => {
    expect(of('epoch 3: loss 0.41', { exitCode: 137 })).toBeUndefined()
    expect(of('', { signal: 'SIGKILL' })).toBeUndefined()
  })
})

it('names the line and who printed it', () => {
  expect(of('epoch 1\n  MemoryError: Unable to allocate 8 GiB\nepoch 2')).toBeUndefined()
  expect(of('epoch 1\nMemoryError: Unable to allocate 8 GiB \n')).toEqual({
    memory: 'host',
    line: 'MemoryError: Unable to allocate 8 GiB',
    from: 'Python',
  })
})

describe('programs that really run out of memory', () => {
  const endOf = (command: string, args: readonly string[]) => {
    const { status, signal, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    const how = { ...(status === null ? {} : { exitCode: status }), ...(signal === null ? {} : { signal }) }
    return of(`${stdout}\n${stderr}`, how)
  }
  const python = spawnSync('python3', ['--version']).status === 0

  it('Node, whose heap ends before the machine does', () => {
    const fill = 'const all = []; for (;;) all.push(new Array(10000).fill({ a: all.length }))'
    expect(endOf(process.execPath, ['--max-old-space-size=24', '-e', fill])).toMatchObject({
      memory: 'heap',
      from: 'Node',
    })
  })

  it.skipIf(!python)(`Python under a limit${python ? '' : ' (skipped: there is no python3)'}`, () => {
    const script = 'ulimit -v 400000; exec python3 -c "x = [0] * 10**9"'
    expect(endOf('sh', ['-c', script])).toEqual({ memory: 'host', line: 'MemoryError', from: 'Python' })
  })

  it.skipIf(process.platform !== 'linux')('a child of a shell that the kernel would kill', () => {
    const script = 'sh -c "kill -KILL \\$\\$"; exit $?'
    expect(endOf('sh', ['-c', script])).toMatchObject({ memory: 'host', from: 'the kernel' })
  })
})
