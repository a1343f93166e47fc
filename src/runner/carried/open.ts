// Starts the reader as a worker of the page's origin.

export function openReaderWorker(): Worker {
  return new Worker(new URL("./reader-worker.ts", import.meta.url), { type: "module", name: "reader" });
}
