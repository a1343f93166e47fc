// The entry of the trainer, bundled as one script (scripts/vite-trainer.ts) and started as a data: worker inside the
// sandbox. Takes hold of everything it needs before train.ts runs, because afterwards no global can be relied on.
import { LabError } from "../../error.ts";
import { nn } from "../../nn/index.ts";
import { parseTrainerCommand, type TrainerMessage } from "../protocol.ts";
import { oneLine } from "../reason.ts";
import { openTrainerEngine } from "./engine.ts";
import { lockdown } from "./lockdown.ts";
import { Trainer } from "./trainer.ts";

const { apply } = Reflect;
const { postMessage } = MessagePort.prototype;
const clock = performance;
const { now } = Performance.prototype;
const time = (): number => apply(now, clock, []);
const every = setInterval.bind(globalThis);
const { Blob, URL } = globalThis;

/** Signs of life a second, times two. */
const BEAT = 500;

addEventListener(
  "message",
  (event) => {
    const port = event.ports[0];
    const post = (message: TrainerMessage, transfer: Transferable[] = []) => {
      apply(postMessage, port, [message, transfer]);
    };
    let trainer: Trainer | null = null;
    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      const command = parseTrainerCommand(data);
      if (command.type === "begin") trainer?.begin(command.tokens);
      else if (trainer === null) void start(command, post).then((started) => (trainer = started));
    };
  },
  { once: true },
);

async function start(
  init: Extract<ReturnType<typeof parseTrainerCommand>, { type: "init" }>,
  post: (message: TrainerMessage, transfer?: Transferable[]) => void,
): Promise<Trainer | null> {
  let engine;
  try {
    engine = await openTrainerEngine(init.tuning);
  } catch (error) {
    const message = oneLine(error instanceof Error ? error.message : String(error));
    post({ type: "failed", device: true, message, line: 0 });
    return null;
  }
  post({ type: "hello", device: engine.device });
  Error.stackTraceLimit = 100; // deep enough to reach train.ts from inside nn
  const trainer = new Trainer({ engine, post, now: time, load }, init);
  void engine.lost.then((reason) => trainer.fail(new LabError("device", `the GPU was lost: ${reason}`)));
  addEventListener("error", (event) => {
    event.preventDefault();
    trainer.fail(event.error ?? event.message);
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    trainer.fail(event.reason);
  });
  every(() => trainer.beat(), BEAT);
  // The module's names are getters in a bundle, and what they give is to be frozen.
  lockdown(globalThis, [nn, ...Object.values(nn)]);
  void trainer.run();
  return trainer;
}

/** `import()` of a blob: the only way to evaluate a text under the sandbox's policy. */
async function load(code: string): Promise<(lab: object) => Promise<void>> {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const module = (await import(/* @vite-ignore */ url)) as { default: (lab: object) => Promise<void> };
  return module.default;
}
