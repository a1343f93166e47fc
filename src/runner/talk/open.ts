// Starts the worker of a conversation.

export function openTalkWorker(): Worker {
  return new Worker(new URL("./talk-worker.ts", import.meta.url), { type: "module", name: "talk" });
}
