// The main thread: opens frames, passes questions on, and nothing else. That it passes them on shows that it lives.
import { serveTrainerFrames } from "../../../src/runner/index.ts";
import type { Asked, Told } from "./lab-worker.ts";

const lab = new Worker(new URL("./lab-worker.ts", import.meta.url), { type: "module" });
const frames = new MessageChannel();
serveTrainerFrames(frames.port1);
lab.postMessage({ port: frames.port2 }, [frames.port2]);

const ask = (asked: Asked): Promise<Told> =>
  new Promise((resolve, reject) => {
    lab.onmessage = ({ data }: MessageEvent<Told>) => resolve(data);
    lab.onerror = (event) => reject(new Error(event.message));
    lab.postMessage(asked);
  });
for (;;) {
  const asked = (await (await fetch("/mailbox")).json()) as Asked;
  const told = { ...(await ask(asked)), frames: document.querySelectorAll("iframe").length };
  await fetch("/mailbox", { method: "POST", body: JSON.stringify(told) });
}
