// The main thread's half of the runner and nothing else: it opens frames and passes questions on to the lab's worker.
// Questions come by fetch, because Playwright takes the death of the sandbox's process for that of the page and then
// no longer talks to it.
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
  await fetch("/mailbox", { method: "POST", body: JSON.stringify(await ask(asked)) });
}
