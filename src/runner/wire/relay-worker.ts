// The entry of the relay: a worker that stands in the place of the engine's own. Its first message says where the engine is.
import { messageOf } from "../../error.ts";
import type { EngineMessage } from "../contract/protocol.ts";
import type { RemoteEngine } from "../contract/types.ts";
import { openRelay, type Relay } from "./relay.ts";

function connect(engine: RemoteEngine): Relay | null {
  try {
    return openRelay(engine, (message) => postMessage(message));
  } catch (error) {
    const lost: EngineMessage = { type: "lost", reason: `the engine cannot be reached: ${messageOf(error)}` };
    postMessage(lost);
    return null;
  }
}

addEventListener(
  "message",
  ({ data: engine }: MessageEvent<RemoteEngine>) => {
    const relay = connect(engine);
    addEventListener("message", ({ data }: MessageEvent<unknown>) => relay?.post(data));
  },
  { once: true },
);
