// The entry of the trainer, bundled as one script (scripts/vite-trainer.ts) and started as a data: worker inside the
// sandbox. It captures every global that it needs before train.ts runs: afterwards it can rely on none.
import { internals, nn } from "../../nn/index.ts";
import { seededRandom } from "../../prepare/index.ts";
import { parseTrainerCommand, type TrainerMessage } from "../contract/protocol.ts";
import { oneLine } from "../contract/reason.ts";
import type { SessionReply } from "../engine/session-protocol.ts";
import { remoteEngine } from "./remote-engine.ts";
import { watchCallSites } from "./call-sites.ts";
import { lockdown } from "./lockdown.ts";
import { Trainer, type World } from "./trainer.ts";

const { apply } = Reflect;
const { postMessage } = MessagePort.prototype;
const clock = performance;
const { now } = Performance.prototype;
const time = (): number => apply(now, clock, []);
const timers = {
  setTimeout: setTimeout.bind(globalThis),
  setInterval: setInterval.bind(globalThis),
  clearTimeout: clearTimeout.bind(globalThis),
  clearInterval: clearInterval.bind(globalThis),
};
const listen = addEventListener.bind(globalThis);
const { Blob, URL } = globalThis;

/** Signs of life a second, times two. */
const BEAT = 500;

addEventListener(
  "message",
  (event) => {
    const port = event.ports[0];
    const post = (message: TrainerMessage) => {
      apply(postMessage, port, [message]);
    };
    let trainer: Trainer | null = null;
    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      const command = parseTrainerCommand(data);
      if (command.type === "again") trainer?.again();
      else if (command.type === "begin") trainer?.begin();
      else if (trainer === null) {
        try {
          trainer = start(command, post);
        } catch (error) {
          // An error of the lab's own, before train.ts: without this message the lab would wait.
          post({ type: "failed", device: false, message: oneLine(String(error)), line: 0 });
        }
      }
    };
  },
  { once: true },
);

function start(
  init: Extract<ReturnType<typeof parseTrainerCommand>, { type: "init" }>,
  post: (message: TrainerMessage) => void,
): Trainer {
  const { engine: port, memory, seqLen } = init;
  const engine = remoteEngine({
    memory,
    seqLen,
    post: (request) => {
      apply(postMessage, port, [request]);
    },
  });
  port.onmessage = ({ data }: MessageEvent<SessionReply>) => engine.hear(data);
  post({ type: "hello" });
  Error.stackTraceLimit = 100; // deep enough to reach train.ts from inside nn
  // Random initial values come from the lab's seed: the same evaluation gives the same weights.
  let random = seededRandom(init.seed);
  Math.random = () => random.next();
  const restart = (seed: number) => void (random = seededRandom(seed));
  const lineOf = watchCallSites();
  const world = { engine, post, now: time, load, timers, scope: globalThis, restart, lineOf };
  // In a bundle the names of the module are getters, so their values must be frozen too.
  lockdown(globalThis, [nn, ...Object.values(nn), ...internals()]);
  const trainer = new Trainer(world, init);
  listen("error", (event) => {
    event.preventDefault();
    trainer.fail(event.error ?? event.message);
  });
  listen("unhandledrejection", (event) => {
    event.preventDefault();
    trainer.fail(event.reason);
  });
  timers.setInterval(() => trainer.beat(), BEAT);
  void trainer.run();
  return trainer;
}

/** `import()` of a blob: the only way to evaluate a text under the sandbox's policy. */
async function load(code: string): ReturnType<World["load"]> {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const module = (await import(/* @vite-ignore */ url)) as { default: Awaited<ReturnType<World["load"]>> };
  return module.default;
}
