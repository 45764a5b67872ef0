import { UserError } from '../base/errors.ts'

/**
 * What a sweep may need of the shell that it was scheduled in: cron starts with HOME, LOGNAME, SHELL and a PATH of two
 * folders. A named list and never everything, because a shell's environment is where tokens live.
 */
const KEPT: readonly RegExp[] = [
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|TZ|TMPDIR|LC_\w+|XDG_(CACHE|CONFIG|DATA)_HOME)$/,
  /^(CUDA|NVIDIA|NCCL|ROCM?|HIP|HSA|GPU|CUDNN|XLA|JAX|PYTORCH|TORCH)_\w+$/,
  /^TF_(CPP|GPU|XLA|FORCE|ENABLE|USE|NUM|DETERMINISTIC|CUDNN)_\w+$/,
  /^(CUDA|ROCR|HIP|ZE)_VISIBLE_DEVICES$/,
  /^(LD_LIBRARY_PATH|LD_PRELOAD|DYLD_LIBRARY_PATH|LIBRARY_PATH|VK_ICD_FILENAMES)$/,
  /^(VIRTUAL_ENV|PYTHONPATH|PYTHONHOME|PYTHONUNBUFFERED|PYENV_(ROOT|VERSION)|UV_\w+|POETRY_\w+)$/,
  /^CONDA_(PREFIX|DEFAULT_ENV|EXE|PYTHON_EXE|SHLVL|ENVS_PATH)$/,
  /^(HF|TRANSFORMERS|DATASETS)_(HOME|CACHE|HUB_CACHE|HUB_OFFLINE|OFFLINE|DATASETS_CACHE|DATASETS_OFFLINE)$/,
  /^(NODE_PATH|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE)$/,
  /^(https?|no|all)_proxy$/i,
  /^(OMP|MKL|OPENBLAS|NUMEXPR|VECLIB|TOKENIZERS)_\w+$/,
  /^SWEEP_\w+$/,
]

/** Flags of the command that adds, and what one process tells its child: neither is of the next night. */
const NOT_KEPT =
  /^SWEEP_(JSON|FOLDER|DETACH|ANNOUNCE|LIVE|SET|GPUS|SLOTS|REUSE|UNTIL|AT|TZ|MISSED|OVERLAP|SWEEP|WITH|ENV|RETRY|SKIP|TRIAL|TRIAL_DIR|PARAMS|SEED|EVENTS|CHECKPOINT_DIR|RESUME|ATTEMPT|ID)$/

const SECRET_NAME = /(TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|AUTH|WEBHOOK|(^|_)(API_?)?KEY($|_)|(^|_)PAT$)/i
/** Prefixes that tokens of well-known services begin with, a password in an address, and the signature of a JWT. */
const SECRET_VALUE =
  /(:\/\/[^/\s:@]*:[^/\s@]+@|\b(sk|pk|rk)-[\w-]{16,}|\b(ghp|gho|ghs|ghu|glpat|hf|xox[abp]|npm|pypi)[_-][\w-]{10,}|\bAKIA[0-9A-Z]{16}|\beyJ[\w-]+\.eyJ|hooks\.slack\.com\/|discord(app)?\.com\/api\/webhooks\/)/

export interface Captured {
  readonly environment: Readonly<Record<string, string>>
  /** On the list, and left out because they look like secrets; sorted. */
  readonly leftOut: readonly string[]
}

/**
 * Takes from an environment what a schedule needs.
 *
 * @param named variables that the person wants kept, whatever they look like
 * @throws {UserError} SCHEDULE_ENV when a named one is not set
 */
export function captureEnvironment(
  source: Readonly<Record<string, string | undefined>>,
  named: readonly string[] = [],
): Captured {
  const missing = named.filter((name) => source[name] === undefined)
  if (missing.length > 0) {
    throw new UserError(`--env names ${missing.join(', ')}, not set in this shell. Nothing was installed.`, {
      code: 'SCHEDULE_ENV',
      suggestions: missing.map((name) => `export ${name}=...`),
    })
  }
  const environment: Record<string, string> = {}
  const leftOut: string[] = []
  for (const [name, value] of Object.entries(source).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === undefined) continue
    if (named.includes(name)) environment[name] = value
    else if (!KEPT.some((pattern) => pattern.test(name)) || NOT_KEPT.test(name)) continue
    else if (SECRET_NAME.test(name) || SECRET_VALUE.test(value)) leftOut.push(name)
    else environment[name] = value
  }
  return { environment, leftOut }
}
