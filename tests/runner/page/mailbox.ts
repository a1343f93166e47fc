// How a test asks a lab's worker in a page: the main thread fetches a question, the worker answers, the answer is posted.
// By fetch, because Playwright takes the death of the sandbox's process for that of the page and then no longer talks to it.
import { serveTrainerFrames } from "../../../src/runner/index.ts";

/** The main thread's half of the runner and nothing else: it opens frames and passes questions on. `more` joins each answer. */
export async function passOn(lab: Worker, more: () => object = () => ({})): Promise<never> {
  const frames = new MessageChannel();
  serveTrainerFrames(frames.port1);
  lab.postMessage({ port: frames.port2 }, [frames.port2]);
  const ask = (asked: unknown): Promise<object> =>
    new Promise((resolve, reject) => {
      lab.onmessage = ({ data }: MessageEvent<object>) => resolve(data);
      lab.onerror = (event) => reject(new Error(event.message));
      lab.postMessage(asked);
    });
  for (;;) {
    const asked: unknown = await (await fetch("/mailbox")).json();
    const told = { ...(await ask(asked)), ...more() };
    await fetch("/mailbox", { method: "POST", body: JSON.stringify(told) });
  }
}

/** The worker's half: `open` gets the port of the frames, `answer` each question; `took` joins each answer [ms]. */
export function answerWith<Asked extends object>(
  open: (frames: MessagePort) => void,
  answer: (asked: Asked) => Promise<object>,
): void {
  addEventListener("message", async ({ data }: MessageEvent<{ port: MessagePort } | Asked>) => {
    if ("port" in data) {
      open(data.port);
      return;
    }
    const started = performance.now();
    try {
      postMessage({ ...(await answer(data)), took: performance.now() - started });
    } catch (error) {
      postMessage({ error: String(error), took: performance.now() - started });
    }
  });
}
