/** One way in which a program says that it ran out of memory. */
export interface MemoryMessage {
  /** Who prints it. */
  readonly from: string
  /** Against one line. */
  readonly pattern: RegExp
  /** Lines that look like it and say something else. */
  readonly but?: RegExp
  /**
   * `gpu` and `host` as they say; `heap` = a limit of the program's own, below what the machine has; `either` = the GPU
   * where the slot has one.
   */
  readonly memory: 'gpu' | 'host' | 'heap' | 'either'
  /** Says it of the host instead. */
  readonly onCpu?: RegExp
  /** Counts only together with this exit code. */
  readonly exitCode?: number
}

/**
 * What programs print when they run out of memory, the most telling first. Each pattern asks for the shape of an error:
 * the words "out of memory" also stand in hints, help texts and lines of trainers that go on with a smaller batch.
 */
export const MEMORY_MESSAGES: readonly MemoryMessage[] = [
  // The GPU.
  { from: 'PyTorch', memory: 'gpu', pattern: /\btorch\.(?:cuda\.|xpu\.)?OutOfMemoryError: \S/ },
  { from: 'PyTorch', memory: 'gpu', pattern: /\b(?:CUDA|HIP|XPU) out of memory\. Tried to allocate/ },
  { from: 'PyTorch', memory: 'gpu', pattern: /\bMPS backend out of memory \(/ },
  { from: 'PyTorch', memory: 'gpu', pattern: /Error: (?:CUDA|HIP) error: out of memory/ },
  { from: 'PyTorch', memory: 'gpu', pattern: /\bcuda runtime error \(2\) : out of memory/ },
  { from: 'Accelerate', memory: 'gpu', pattern: /RuntimeError: No executable batch size found, reached zero/ },
  {
    from: 'a library of CUDA or ROCm',
    memory: 'gpu',
    pattern: /\b(?:CUDNN|CUBLAS|CUSOLVER|CUSPARSE|HIPBLAS|ROCBLAS|MIOPEN)_STATUS_ALLOC_FAILED\b|\bCUFFT_ALLOC_FAILED\b/,
  },
  { from: 'NCCL', memory: 'gpu', pattern: /\bCuda failure (?:\d+ )?'out of memory'/ },
  { from: 'the CUDA runtime', memory: 'gpu', pattern: /\bcudaErrorMemoryAllocation\b|\bhipErrorOutOfMemory\b/ },
  { from: 'the CUDA runtime', memory: 'gpu', pattern: /\bcudaMalloc\w*(?: retry)? failed: out of memory/ },
  {
    from: 'the CUDA driver',
    memory: 'gpu',
    pattern: /\bCUDA_ERROR_OUT_OF_MEMORY\b/,
    // TensorFlow says so while it looks for the largest block that it can reserve, and goes on.
    but: /failed to alloc(?:ate)? .*(?:from device|on host)/,
  },
  { from: 'ONNX Runtime', memory: 'gpu', pattern: /\bCUDA failure 2: out of memory/ },
  { from: 'Intel GPUs', memory: 'gpu', pattern: /\b(?:UR|ZE|PI)_(?:RESULT_)?ERROR_OUT_OF_DEVICE_MEMORY\b/ },
  { from: 'CatBoost', memory: 'gpu', pattern: /\bNCudaLib::TOutOfMemoryError\b/ },
  { from: 'CuPy', memory: 'gpu', pattern: /\bcupy\.cuda\.memory\.OutOfMemoryError: / },
  { from: 'CUDA.jl', memory: 'gpu', pattern: /^ERROR: (?:LoadError: )?Out of GPU memory trying to allocate/ },
  {
    from: 'TensorFlow',
    memory: 'gpu',
    pattern: /\bOOM when allocating tensor with shape\b|\bResourceExhaustedError: .*(?:memory|OOM|alloc)/,
    onCpu: /device:CPU:/,
  },
  {
    from: 'JAX or XLA',
    memory: 'either',
    pattern:
      /\bRESOURCE[ _]EXHAUSTED: .*(?:out of memory|failed to allocate|unable to allocate|attempting to (?:reserve|allocate))/i,
  },
  { from: 'JAX or XLA', memory: 'either', pattern: /\bXlaRuntimeError: INTERNAL: Failed to allocate \d+ bytes\b/ },
  { from: 'ONNX Runtime', memory: 'either', pattern: /\bBFCArena::AllocateRawInternal\b.*Failed to allocate memory/ },

  // Limits that a program has of its own.
  { from: 'Node', memory: 'heap', pattern: /^FATAL ERROR: .*JavaScript heap out of memory/ },
  { from: 'Node', memory: 'heap', pattern: /\bERR_WORKER_OUT_OF_MEMORY\b/ },
  {
    from: 'Java',
    memory: 'heap',
    pattern: /\bjava\.lang\.OutOfMemoryError\b/,
    but: /unable to create (?:new )?native thread/,
  },
  {
    from: 'the built-in trainer',
    memory: 'heap',
    pattern: /\bends? at \d+(?:\.\d+)? GiB\b.*\b(?:Nothing was trained|Training stopped there)/,
  },

  // The machine's memory.
  { from: 'the built-in trainer', memory: 'host', pattern: /^Training takes about .* of memory, and this machine has/ },
  { from: 'PyTorch', memory: 'host', pattern: /\bDefaultCPUAllocator: (?:can't allocate|not enough) memory/ },
  {
    from: 'PyTorch',
    memory: 'host',
    pattern: /\bDataLoader worker \(pid\(?s?\)? [\d, ]+\) is killed by signal: Killed/,
  },
  { from: 'Ray', memory: 'host', pattern: /\bray\.exceptions\.OutOfMemoryError: / },
  {
    from: 'Python',
    memory: 'host',
    pattern: /^(?:\[rank\d+\]: ?)?(?:[A-Za-z_]\w*\.)*(?:MemoryError|_ArrayMemoryError|ArrowMemoryError)\b(?::|$)/,
  },
  { from: 'joblib', memory: 'host', pattern: /exit codes of the workers are \{.*SIGKILL\(-9\)/ },
  { from: 'torchrun', memory: 'host', pattern: /\bSignal 9 \(SIGKILL\) received by PID\b/ },
  { from: 'DeepSpeed', memory: 'host', pattern: /\bexits with return code = -9\b/ },
  { from: 'a parent process', memory: 'host', pattern: /\bdied with <Signals\.SIGKILL: 9>/ },
  {
    from: 'C++',
    memory: 'host',
    pattern: /\bterminat\w+ .*\bstd::bad_alloc\b|\bwhat\(\): +std::bad_alloc\b|Error: .*\bstd::bad_alloc\b/,
  },
  { from: 'Rust', memory: 'host', pattern: /^memory allocation of \d+ bytes failed/ },
  { from: 'Go', memory: 'host', pattern: /^fatal error: runtime: (?:out of memory|cannot allocate memory)/ },
  { from: 'R', memory: 'host', pattern: /\b[Cc]annot allocate vector of size\b/ },
  { from: 'Julia', memory: 'host', pattern: /^ERROR: (?:LoadError: )?OutOfMemoryError\(\)/ },
  { from: 'Java', memory: 'host', pattern: /insufficient memory for the Java Runtime Environment to continue/ },
  {
    from: 'Node',
    memory: 'host',
    pattern:
      /^(?:Uncaught )?RangeError: (?:Array buffer allocation failed|WebAssembly\.(?:Memory|instantiate)\(\).*memory)/,
  },
  { from: 'the system', memory: 'host', pattern: /(?:Error|fork|mmap|malloc|sh|exec\w*): .*Cannot allocate memory\b/ },
  { from: 'Slurm', memory: 'host', pattern: /\bDetected \d+ oom[-_ ]kill event/i },
  { from: 'Slurm', memory: 'host', pattern: /\bslurmstepd: error: .*\bexceeded (?:job|step|virtual)? ?memory limit/i },
  {
    from: 'the kernel',
    memory: 'host',
    pattern: /\b[Oo]ut of memory: Kill(?:ed)? process \d+|\binvoked oom-killer\b|\boom-kill:constraint=/,
  },
  { from: 'a container', memory: 'host', pattern: /\bOOMKilled\b/ },
  // A shell's word for a child that got SIGKILL. Nobody of ours sent it: attempts that we end do not come here.
  { from: 'the kernel', memory: 'host', pattern: /(?:^|: line \d+: +\d+ |\s)Killed(?:\s|$)/, exitCode: 137 },

  // An exception of whatever library, in words.
  {
    from: 'the program',
    memory: 'either',
    pattern: /^(?:[A-Za-z_]\w*\.)*\w*(?:Error|Exception): .*\bout of (?:host )?memory\b/i,
  },
]
