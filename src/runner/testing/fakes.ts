// Fakes for the host's side of a run, without a browser or a GPU: a clock that the test moves, a trainer and an engine
// with the test's answers.
import type { Carried } from "../carried/carried.ts";
import type { ReaderCommand, ReaderMessage } from "../carried/protocol.ts";
import type { Clock } from "../clock.ts";
import type { TrainerFrame } from "../frame.ts";
import type {
  Passes,
  EngineCommand,
  EngineMessage,
  TrainerCommand,
  TrainerMessage,
} from "../contract/protocol.ts";
import type { RunRequest } from "../contract/types.ts";

export class FakeClock implements Clock {
  #now = 1000;
  #wall = 1_700_000_000_000;
  readonly #timers = new Set<{ ms: number; next: number; tick: () => void }>();
  now = () => this.#now;
  wall = () => this.#wall;
  every = (ms: number, tick: () => void) => {
    const timer = { ms, next: this.#now + ms, tick };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };
  /** Lets time pass in small steps, and messages arrive in between. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    while (this.#now < end) {
      const step = Math.min(250, end - this.#now);
      this.#now += step;
      this.#wall += step;
      for (const timer of this.#timers) {
        if (this.#now < timer.next) continue;
        timer.next = this.#now + timer.ms;
        timer.tick();
      }
      await settle();
    }
  }
  /** The machine sleeps: wall time passes, `now` does not, no timer runs. */
  sleep(ms: number): void {
    this.#wall += ms;
  }
  /** The lab is frozen: both clocks move and no timer runs. */
  freeze(ms: number): void {
    this.#now += ms;
    this.#wall += ms;
  }
}

/** Enough turns of the event loop for messages between ports to arrive. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** The sandbox's end of a trainer's port. */
export class FakeTrainer {
  readonly heard: TrainerCommand[] = [];
  closed = false;
  readonly #channel = new MessageChannel();
  #failed: (reason: string) => void = () => undefined;

  constructor() {
    this.#channel.port2.onmessage = ({ data }: MessageEvent<TrainerCommand>) => void this.heard.push(data);
  }
  open = (): Promise<TrainerFrame> =>
    Promise.resolve({
      port: this.#channel.port1,
      failed: new Promise<string>((resolve) => (this.#failed = resolve)),
      close: () => {
        this.closed = true;
        this.#channel.port1.close();
        this.#channel.port2.close();
      },
    });
  say(message: TrainerMessage): void {
    this.#channel.port2.postMessage(message);
  }
  /** Sends any value. */
  forge(data: unknown): void {
    this.#channel.port2.postMessage(data);
  }
  fail(reason: string): void {
    this.#failed(reason);
  }
}

export const passes = (): Passes => ({ graph: "{}", single: "{}", parameters: Uint32Array.of(0) });

/** The engine's result at the end of the budget. */
export const trained = { steps: 100, tokens: 6400, seconds: 20, lateMs: 0, step: null };

export const steps = (step: number, seconds: number, points: number[]): TrainerMessage => ({
  type: "steps",
  step,
  seconds,
  tokens: step * 64,
  points: Float64Array.from(points),
  logs: { loss: points.at(-1) ?? 0 },
});

type Answers = Partial<Record<EngineCommand["type"], (command: EngineCommand) => unknown>>;

/** A Worker that answers at once; by default every probe passes and every window costs 7 nats. */
export class FakeEngine extends EventTarget {
  readonly heard: EngineCommand[] = [];
  terminated = false;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: { message: string }) => void) | null = null;
  readonly #answers: Answers;
  #windows = 0;

  constructor(answers: Answers = {}) {
    super();
    this.#answers = answers;
  }
  asWorker(): Worker {
    return this as unknown as Worker;
  }
  terminate(): void {
    this.terminated = true;
  }
  postMessage(command: EngineCommand): void {
    this.heard.push(command);
    if (command.type === "text") this.#windows = command.validationStarts.length;
    const answer = this.#answers[command.type];
    const data = answer === undefined ? this.#well(command) : answer(command);
    if (data !== undefined) queueMicrotask(() => this.onmessage?.({ data }));
  }
  /** Sends a message that answers no question. */
  say(message: EngineMessage): void {
    this.onmessage?.({ data: message });
  }
  #well({ type, id }: EngineCommand): unknown {
    if (type === "probe")
      return { type: "probed", id, line: 0, probes: [{ name: "rows", passed: true, detail: "all" }] };
    if (type === "open") return { type: "opened", id, device: "fake gpu", memory: 2 ** 30 };
    if (type === "take") return { type: "taken", id, weights: new Float32Array(4), ...trained };
    if (type === "digest") return { type: "rehearsal", id, digest: "", tuning: null, known: null };
    if (type === "recorded") return { type: "digested", id, digest: "", trail: new Uint32Array() };
    if (type === "pace") return { type: "paced", id, ms: 2 };
    if (type === "score") {
      const probes = [{ name: "causality", passed: true, detail: "all" }];
      return { type: "scored", id, line: 0, nats: new Float64Array(this.#windows).fill(7), probes };
    }
    if (type === "glimpse")
      return { type: "glimpsed", id, tokens: Uint16Array.from([72, 111]), pausedMs: 200 };
    if (type === "sample") return { type: "sampled", id, tokens: Uint16Array.from([72, 105]) };
    return { type: "done", id };
  }
}

/** A Worker that gives the test's finding for every source, by default none. */
export class FakeReader extends EventTarget {
  readonly heard: ReaderCommand[] = [];
  terminated = false;
  onmessage: ((event: { data: ReaderMessage }) => void) | null = null;
  readonly #carried: Carried | null;

  constructor(carried: Carried | null = null) {
    super();
    this.#carried = carried;
  }
  asWorker(): Worker {
    return this as unknown as Worker;
  }
  terminate(): void {
    this.terminated = true;
  }
  postMessage(command: ReaderCommand): void {
    this.heard.push(command);
    if (command.type !== "compare") return;
    const data = { type: "compared", id: command.id, carried: this.#carried } as const;
    queueMicrotask(() => this.onmessage?.({ data }));
  }
}

/** A corpus of bytes, one token each. */
export function request(source: string, more: Partial<RunRequest> = {}): RunRequest {
  const text = (n: number) => Uint16Array.from({ length: n }, (_, i) => 97 + (i % 26));
  const byteLengths = new Uint16Array(256).fill(1);
  return {
    id: "1",
    source,
    seed: 1,
    arena: {
      corpusHash: "c",
      corpusName: "alphabet",
      vocabSize: 256,
      seqLen: 8,
      budgetSeconds: 20,
      windows: 10,
      scoreBatch: 4,
      tier: "software",
    },
    corpus: {
      manifest: { hash: "c" },
      tokenizer: { byteLengths, decode: (tokens: ArrayLike<number>) => Uint8Array.from(tokens) } as never,
      train: text(1000),
      validation: text(200),
      test: text(200),
    },
    ...more,
  };
}
