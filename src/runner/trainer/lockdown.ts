// What train.ts does not need is taken away before it runs. The sandbox's policy already blocks the network and its
// opaque origin all storage; this removes what could still disturb: ways to talk past the port, to start workers, to
// end this one, and the raw GPU, on which an endless dispatch hangs the whole browser.

const REMOVED = [
  "postMessage",
  "close",
  "importScripts",
  "fetch",
  "fetchLater",
  "XMLHttpRequest",
  "WebSocket",
  "WebSocketStream",
  "WebTransport",
  "EventSource",
  "BroadcastChannel",
  "Worker",
  "SharedWorker",
  "indexedDB",
  "caches",
  "cookieStore",
  "Notification",
  "PushManager",
];

/** Removes them from the global object of a worker, wherever on its prototype chain they live. */
export function lockdown(scope: object): void {
  for (const name of REMOVED) remove(scope, name);
  const navigator = (scope as { navigator?: object }).navigator;
  if (navigator !== undefined)
    for (const name of ["gpu", "storage", "serviceWorker", "locks", "sendBeacon"]) remove(navigator, name);
}

function remove(object: object, name: string): void {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (Object.hasOwn(at, name)) Reflect.deleteProperty(at, name);
  }
}
