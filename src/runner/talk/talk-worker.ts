// The entry of the worker of a conversation: it has a device of its own, so that a study's is as it was.
import { LabError } from "../../error.ts";
import { Engine } from "../../nn/index.ts";
import type { ToTalk } from "./talk-protocol.ts";
import { Talker } from "./talker.ts";

async function openDevice() {
  const engine = await Engine.create();
  const lost = engine.onLost.then((reason): never => {
    throw new LabError("device", `the GPU was lost: ${reason}`);
  });
  lost.catch(() => undefined); // the message under way handles it
  return { sides: [engine, engine.beside()] as const, lost };
}

const talker = new Talker(openDevice, (message) => {
  postMessage(message);
});
onmessage = ({ data }: MessageEvent<ToTalk>): void => {
  talker.hear(data);
};
