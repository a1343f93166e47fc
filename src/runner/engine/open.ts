// Starts the trusted engine as a worker of the page's origin.

export function openEngineWorker(): Worker {
  return new Worker(new URL("./engine-worker.ts", import.meta.url), { type: "module", name: "engine" });
}
