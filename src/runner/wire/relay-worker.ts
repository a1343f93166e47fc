// The entry of the relay: a worker that stands in the place of the engine's own. Its first message says where the engine is.
import { messageOf } from "../../error.ts";
import type { RemoteEngine } from "../contract/types.ts";
import { openRelay, type Relay } from "./relay.ts";

let relay: Relay | null = null;
addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  if (relay !== null) return relay.post(data);
  try {
    relay = openRelay(data as RemoteEngine, (message) => postMessage(message));
  } catch (error) {
    postMessage({ type: "lost", reason: `the engine cannot be reached: ${messageOf(error)}` });
  }
});
