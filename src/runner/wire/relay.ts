// The page's end of an engine elsewhere: commands in, the engine's messages out, as with the engine's own worker. Messages
// wait until the connection is open; its end is one message `lost`.
import { LabError, messageOf } from "../../error.ts";
import { oneLine } from "../contract/reason.ts";
import type { EngineMessage } from "../contract/protocol.ts";
import type { RemoteEngine } from "../contract/types.ts";
import { lineOfEnd, PROTOCOL } from "./closing.ts";
import { type Frame, MAX_FRAME } from "./frames.ts";
import { Wire } from "./wire.ts";

export interface Relay {
  /** Sends a command. */
  post(command: unknown): void;
  close(): void;
}

/** Connects; `say` gets the messages of the engine, unchecked. `Socket`: the WebSocket of the browser or of Node. */
export function openRelay(
  { address, token }: RemoteEngine,
  say: (message: unknown) => void,
  Socket: new (address: string, protocols: string[]) => WebSocket = WebSocket,
): Relay {
  let over = false;
  let opened = false;
  const tell = (message: EngineMessage) => say(message);
  const end = (reason: string) => {
    if (over) return;
    over = true;
    wire.close();
    tell({ type: "lost", reason: oneLine(reason) });
  };
  const waiting: Frame[] = [];
  const wire = new Wire({
    send: (frame) => {
      if (!opened) return void waiting.push(frame);
      // A train.ts that floods the engine must not fill this page's memory.
      if (socket.bufferedAmount > MAX_FRAME)
        throw new LabError("protocol", "flooded the engine with requests");
      socket.send(frame);
    },
    hear: say,
    refuse: (reason) => {
      tell({ type: "violated", reason: oneLine(`broke the protocol: ${reason}`) });
    },
  });
  const guarded = (work: () => void) => {
    if (over) return;
    try {
      work();
    } catch (error) {
      end(messageOf(error));
      socket.close();
    }
  };
  const socket = new Socket(address, [PROTOCOL, encodeURIComponent(token)]);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    opened = true;
    for (const frame of waiting.splice(0)) socket.send(frame);
  };
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    guarded(() => {
      wire.take(data);
    });
  };
  socket.onclose = ({ code, reason }) => {
    end(lineOfEnd(address, { code, reason, opened }));
  };
  return {
    post: (command) => {
      guarded(() => {
        wire.post(command);
      });
    },
    close: () => {
      over = true;
      wire.close();
      socket.close();
    },
  };
}
