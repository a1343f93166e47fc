// Formats sizes of memory for messages.

/** `0.06 MiB`, `12.50 MiB`, `640 MiB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 24 ? 2 : 0)} MiB`;
}
