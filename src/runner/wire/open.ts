// Connects to an engine elsewhere, with the interface of the engine's own worker.
import { startWorker } from "../../start-worker.ts";
import type { RemoteEngine } from "../contract/types.ts";
import relayWorker from "./relay-worker.ts?worker&url";

export function openRemoteEngine(engine: RemoteEngine): Worker {
  const worker = startWorker(new URL(relayWorker, import.meta.url).href, "relay");
  worker.postMessage(engine);
  return worker;
}
