// Starts the trusted scorer as a worker of the page's origin.

export function openScorerWorker(): Worker {
  return new Worker(new URL("./engine-worker.ts", import.meta.url), { type: "module", name: "scorer" });
}
