/** Codes of the errors that this room throws; docs/errors.md is made from them. */
export const codes = {
  SLOTS_TOO_FEW: 'A trial asks for more GPUs or cores than this machine shows. Ask for less in `resources:`.',
  GPUS_FRACTION: 'A trial may ask for whole GPUs or for a share of one between 0 and 1. Correct `resources.gpus`.',
  GPU_UNKNOWN: 'A GPU that was asked for is not among those that this machine shows. `sweep gpus` lists them.',
  LEASES_UNUSABLE:
    'The folder with the leases of GPUs and cores cannot be used. Correct it, or name another: --lease-dir.',
  LEASES_BUSY: 'Another process holds the table of leases and does not let go. Look at that process.',
} as const
