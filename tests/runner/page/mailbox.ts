// Carries questions from a test to a worker in a page: the main thread fetches a question, the worker answers, and the
// main thread posts the answer. With fetch, because Playwright confuses the death of the sandbox's process with that of
// the page and then loses its connection.
import { serveTrainerFrames } from "../../../src/runner/index.ts";

/**
 * The main thread's part: it opens frames for the runner and passes questions on. The fields of `more` are added to
 * each answer.
 */
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

/** The worker's part: `open` gets the port of the frames, `answer` each question; adds `took` [ms] to each answer. */
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
