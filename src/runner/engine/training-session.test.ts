// A session of the engine on the float64 reference, with a clock of the test's own: which steps it runs, and its
// answers to a sandbox that breaks the rules.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type BatchSource,
  type HostArray,
  nn,
  RecordingSession,
  Session,
  StepPlayer,
  type StepRequest,
} from "../../nn/index.ts";
import { Memo } from "../../memo.ts";
import type { StepFigures } from "../contract/types.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { RunBatches } from "./run-batches.ts";
import type { SessionReply, SessionRequest } from "./session-protocol.ts";
import { type SessionEngine, TrainingSession } from "./training-session.ts";

const BUDGET = 10;
const MEMORY = { parameters: 0, state: 0, kept: 0, activations: 0, peak: 7, limit: 100 };

/** An engine without a device; compiling a structure takes `compileMs` of the test's clock. */
class Reference implements SessionEngine {
  readonly session = new Session(new ReferenceBackend());
  readonly measured = false;
  readonly tuned: number[] = [];
  /** How often a step was profiled. */
  profiled = 0;
  constructor(compile: () => void) {
    let known = 0;
    const prepare = this.session.prepare.bind(this.session);
    this.session.prepare = (onProgress) => {
      const place = this.session.recorder.tape.nodes.length;
      if (place !== known) compile();
      known = place;
      return prepare(onProgress);
    };
  }
  player = (batches: BatchSource) => new StepPlayer(this.session, batches);
  abandon = () => this.session.abandon();
  finished = () => Promise.resolve();
  memory = () => MEMORY;
  tune = (ms: number) => void this.tuned.push(ms);
  tuning = () => ({ generation: 1, adapter: "none", choices: {} });
  stepProfile = () => {
    this.profiled++;
    return Promise.resolve({
      kernels: [],
      modelFlops: 1,
      memory: MEMORY,
      peak: { flopsPerSecond: null, bytesPerSecond: null },
    });
  };
  reset = () => this.session.reset();
  leave = () => this.session.reset();
  readParameters = (tensors: readonly nn.Tensor[]) =>
    Promise.resolve(tensors.map(({ leaf }) => Float32Array.from(this.session.backend.stored(leaf as never))));
}

const T = 4;
const TEXT = Uint16Array.from({ length: 40 }, (_, i) => i);
/** Batches of noise over eight tokens in the rehearsal, then of TEXT. */
const batches = (budgetTokens = 0) =>
  new RunBatches(TEXT, { seqLen: T, vocabSize: 8, seed: 3, budgetTokens });

let now: number;
let compileMs: number;
let engine: Reference;
let session: TrainingSession;
let port: MessagePort;
let profiles: Memo<StepFigures>;
let violations: string[];
let spent: number;
let replies: SessionReply[];
let ids: number;
const waiting = new Map<number, (reply: SessionReply) => void>();

function open(fed = batches(), rehearsed = false): void {
  const { port1, port2 } = new MessageChannel();
  port = port2;
  session = new TrainingSession(engine, port1, {
    now: () => now,
    tuneMs: 900,
    rehearsed,
    profiles,
    batches: fed,
    spent: () => spent++,
    violated: (reason) => void violations.push(reason),
  });
  port.onmessage = ({ data }: MessageEvent<SessionReply>) => {
    replies.push(data);
    if (!("id" in data) || data.type === "started") return;
    waiting.get(data.id)?.(data);
    waiting.delete(data.id);
  };
}

beforeEach(() => {
  [now, compileMs, spent, ids, violations, replies] = [0, 0, 0, 0, [], []];
  engine = new Reference(() => (now += compileMs));
  profiles = new Memo(9);
  open();
});
afterEach(() => {
  session.close();
  port.close();
});

type Asked = Omit<Extract<SessionRequest, { type: "step" }>, "id"> | { readonly type: "reset" };
function ask(request: Asked): Promise<SessionReply> {
  const id = ++ids;
  const answer = new Promise<SessionReply>((resolve) => waiting.set(id, resolve));
  port.postMessage({ ...request, id });
  return answer;
}
const silence = () => new Promise((resolve) => setTimeout(resolve, 20));

/** A recorder whose model is one number that falls by 1 in each step. */
function recorder() {
  const sent: StepRequest[] = [];
  const recording = new RecordingSession((request): Promise<HostArray[]> => {
    sent.push(request);
    return new Promise(() => undefined);
  });
  recording.activate();
  const w = nn.parameter([1], nn.constant(100));
  const sgd = new nn.SGD([w], { lr: 1 });
  return {
    w,
    recording,
    /** One step; `more` makes it another structure. */
    step(more = 0): StepRequest {
      recording.activate();
      let loss = w.sum();
      for (let i = 0; i < more; i++) loss = loss.add(w.sum().mul(0));
      loss.backward();
      sgd.step();
      recording.flush();
      return sent.splice(0)[0];
    },
    values(): StepRequest {
      recording.activate();
      void w.data();
      return sent.splice(0)[0];
    },
  };
}

/** Advances to the start of the clock. */
async function wait(): Promise<void> {
  expect(await ask({ type: "reset" })).toMatchObject({ type: "done" });
  expect(await ask({ type: "reset" })).toMatchObject({ type: "done" });
}
const taken = async () => (await session.take(Uint32Array.of(0))).weights[0];

describe("a session", () => {
  it("computes nothing before its first evaluation, three steps in the rehearsal, and nothing while it waits", async () => {
    const early = recorder();
    expect(await ask({ type: "step", step: early.step() })).toMatchObject({ type: "refused", code: "value" });
    await ask({ type: "reset" });
    const { step, values } = recorder();
    for (let i = 0; i < 3; i++)
      expect(await ask({ type: "step", step: step() })).toMatchObject({ type: "done" });
    expect(await ask({ type: "step", step: values() })).toMatchObject({ values: [Float32Array.of(97)] });
    expect(await ask({ type: "step", step: step() })).toMatchObject({ type: "refused", code: "invalid" });
    expect(await session.take(Uint32Array.of(0))).toMatchObject({
      weights: Float32Array.of(97),
      step: null,
    });
    expect(session.tuned()).toBeNull();
    await ask({ type: "reset" });
    const again = recorder();
    for (const request of [again.step(), again.values()])
      expect(await ask({ type: "step", step: request })).toMatchObject({ type: "refused", code: "value" });
    expect(engine.tuned).toEqual([900, 0]);
    expect(violations).toEqual([]);
  });

  it("profiles a step once for all runs that share it", async () => {
    for (const [more, profiled] of [
      [0, 1],
      [0, 1],
      [1, 2],
      [0, 2],
    ] as const) {
      await wait();
      const { step } = recorder();
      session.begin(BUDGET);
      await ask({ type: "step", step: step(more) });
      expect(await session.take(Uint32Array.of(0))).toMatchObject({
        weights: Float32Array.of(99),
        step: { modelFlops: 1 },
      });
      expect(engine.profiled).toBe(profiled);
      session.close();
      open();
    }
  });

  it("has a digest of the rehearsal, unless train.ts read values", async () => {
    const digestAfter = async (rehearse: (one: ReturnType<typeof recorder>) => StepRequest[]) => {
      session.close();
      open();
      await ask({ type: "reset" });
      for (const step of rehearse(recorder())) await ask({ type: "step", step });
      const digest = session.digest([], Uint32Array.of(0));
      await ask({ type: "reset" });
      expect(session.digest([], Uint32Array.of(0))).toBeNull();
      return digest;
    };
    const once = await digestAfter(({ step }) => [step()]);
    expect(once).toMatch(/^[0-9a-f]{16}$/);
    expect(await digestAfter(({ step }) => [step()])).toBe(once);
    expect(await digestAfter(({ step }) => [step(1)])).not.toBe(once);
    expect(await digestAfter(({ step }) => [step(), step()])).not.toBe(once);
    expect(await digestAfter(({ step, values }) => [step(), values()])).toBeNull();
  });

  it("starts its clock only for a train.ts that waits for it", async () => {
    expect(() => session.begin(BUDGET)).toThrow(/did not wait/);
    await ask({ type: "reset" });
    expect(() => session.begin(BUDGET)).toThrow(/did not wait/);
    await ask({ type: "reset" });
    session.begin(BUDGET);
    expect(() => session.begin(BUDGET)).toThrow(/did not wait/);
  });

  it("shows the weights between two steps without spending budget, and trains as it would have", async () => {
    const trainWith = async (glimpses: boolean) => {
      session.close();
      [now, engine] = [0, new Reference(() => (now += compileMs))];
      open();
      await wait();
      const { step } = recorder();
      session.begin(BUDGET);
      const seen: (readonly [weight: number, stood: number])[] = [];
      for (let i = 0; i < 5; i++) {
        let weight = NaN;
        // The first step brings the parameters.
        const asked =
          glimpses && i > 0
            ? session.glimpse(async (read) => {
                [weight] = await read(Uint32Array.of(0));
                now += 60_000;
              })
            : null;
        expect(await ask({ type: "step", step: step() })).toMatchObject({ type: "done" });
        if (asked !== null) seen.push([weight, await asked]);
        now += 1900;
      }
      return { seen, taken: await session.take(Uint32Array.of(0)) };
    };
    const without = await trainWith(false);
    const { seen, taken: found } = await trainWith(true);
    expect(seen).toEqual([99, 98, 97, 96].map((weight) => [weight, 60_000]));
    expect(found).toEqual(without.taken);
    expect(found).toMatchObject({ weights: Float32Array.of(95), steps: 5, seconds: 7.6 });
    expect(spent).toBe(0);
  });

  it("hands over a train.ts that left its loop in the first step, without a profile", async () => {
    session.close();
    engine = new Reference(() => (now += compileMs));
    open();
    await wait();
    session.begin(BUDGET);
    expect(await session.take(new Uint32Array())).toMatchObject({ steps: 0, step: null });
    expect(engine.profiled).toBe(0);
  });

  it("tells of a glimpse that no step came for, and of one that failed", async () => {
    await wait();
    session.begin(BUDGET);
    const look = () => Promise.reject(new Error("never called"));
    expect(await session.glimpse(look)).toBe(0);
    const { step } = recorder();
    const unknown = session.glimpse((read) => read(Uint32Array.of(9)).then(() => undefined));
    const failed = expect(unknown).rejects.toMatchObject({ code: "graph" });
    expect(await ask({ type: "step", step: step() })).toMatchObject({ type: "done" });
    await failed;
    expect(await taken()).toBe(99);
  });

  it("runs no step after the budget, and keeps the weights of the last one", async () => {
    await wait();
    const { step } = recorder();
    session.begin(BUDGET);
    for (let i = 0; i < 5; i++) {
      expect(await ask({ type: "step", step: step() })).toMatchObject({ type: "done" });
      now += 1900;
    }
    now += 600;
    for (let i = 0; i < 3; i++)
      expect(await ask({ type: "step", step: step() })).toMatchObject({ type: "over" });
    expect(await ask({ type: "reset" })).toMatchObject({ type: "over" });
    expect(await session.take(Uint32Array.of(0))).toEqual({
      weights: Float32Array.of(95),
      steps: 5,
      tokens: 0,
      seconds: 7.6,
      lateMs: -2400,
      step: { kernels: [], modelFlops: 1, memory: MEMORY },
    });
  });

  /** A step that adds the first token of a batch to a parameter. */
  function reader(rows = 1) {
    const sent: StepRequest[] = [];
    const recording = new RecordingSession((request) => {
      sent.push(request);
      return new Promise(() => undefined);
    });
    recording.activate();
    const sum = nn.parameter([1], nn.zeros);
    return (): StepRequest => {
      recording.activate();
      const { x } = recording.batch(0, rows, T);
      nn.assign(sum, sum.add(x.narrow(0, 0, 1).narrow(1, 0, 1).view(1).float()));
      recording.flush();
      return sent.splice(0)[0];
    };
  }

  it("feeds noise in the rehearsal, then text, and counts the tokens read", async () => {
    await ask({ type: "reset" });
    await ask({ type: "step", step: reader()() });
    expect(await session.take(Uint32Array.of(0))).toMatchObject({ steps: 1, tokens: T });
    await ask({ type: "reset" });
    const read = reader(5);
    session.begin(BUDGET);
    for (let i = 0; i < 2; i++) await ask({ type: "step", step: read() });
    now += 11_000;
    expect(await ask({ type: "step", step: read() })).toMatchObject({ type: "over" });
    const own = batches();
    own.restart(true);
    const first = own.draw(5).x[0] + own.draw(5).x[0];
    const { weights, steps, tokens } = await session.take(Uint32Array.of(0));
    expect({ weights: [...weights], steps, tokens }).toEqual({ weights: [first], steps: 2, tokens: 10 * T });
    expect(violations).toEqual([]);
  });

  it("waits for the clock from the first evaluation on where an earlier rehearsal serves, and feeds it text", async () => {
    session.close();
    open(batches(), true);
    const early = recorder();
    expect(await ask({ type: "step", step: early.step() })).toMatchObject({ type: "refused", code: "value" });
    expect(await ask({ type: "reset" })).toMatchObject({ type: "done" });
    expect(await ask({ type: "step", step: early.step() })).toMatchObject({ type: "refused", code: "value" });
    const read = reader();
    session.begin(BUDGET);
    expect(await ask({ type: "step", step: read() })).toMatchObject({ type: "done" });
    const own = batches();
    own.restart(true);
    const { weights, steps } = await session.take(Uint32Array.of(0));
    expect({ weights: [...weights], steps }).toEqual({ weights: [own.draw(1).x[0]], steps: 1 });
    expect(engine.tuned.at(-1)).toBe(0);
  });

  it("runs no step that was compiling when it was closed", async () => {
    await wait();
    const { step } = recorder();
    session.begin(BUDGET);
    let compiled: () => void = () => undefined;
    const compiling = new Promise<void>((resolve) => (compiled = resolve));
    const prepare = engine.session.backend.prepare.bind(engine.session.backend);
    engine.session.backend.prepare = async () => {
      await compiling;
      await prepare();
    };
    const execute = vi.spyOn(engine.session.backend, "execute");
    void ask({ type: "step", step: step() });
    await silence();
    session.close();
    compiled();
    await silence();
    expect(execute).not.toHaveBeenCalled();
  });

  it("draws no more than a budget in tokens", async () => {
    session.close();
    open(batches(3 * T));
    await wait();
    const read = reader(2);
    session.begin(BUDGET);
    expect(await ask({ type: "step", step: read() })).toMatchObject({ type: "done" });
    expect(await ask({ type: "step", step: read() })).toMatchObject({ type: "refused" });
    expect(violations[0]).toMatch(/rows of a budget in tokens, got 2, expected 1 left/);
  });

  it("does not train after its weights were taken", async () => {
    await wait();
    const { step } = recorder();
    session.begin(BUDGET);
    await ask({ type: "step", step: step() });
    expect(await taken()).toBe(99);
    expect(await ask({ type: "step", step: step() })).toMatchObject({ type: "over" });
    expect(await taken()).toBe(99);
  });

  it("does not count the time in which the engine compiles, for as many structures as a schedule needs", async () => {
    await wait();
    const { step } = recorder();
    session.begin(BUDGET);
    compileMs = 8000;
    for (let i = 0; i < 64; i++)
      expect(await ask({ type: "step", step: step(i) })).toMatchObject({ type: "done" });
    expect((await session.take(Uint32Array.of(0))).seconds).toBe(0);
    const started = replies.filter((reply) => reply.type === "started");
    expect(started.at(-1)).toMatchObject({ pausedMs: 64 * 8000, peakBytes: 7 });
  });

  it("counts the compile time of a flood of structures against the budget", async () => {
    await wait();
    const { step } = recorder();
    session.begin(BUDGET);
    compileMs = 1000;
    let done = 0;
    for (let i = 0; i < 90; i++) if ((await ask({ type: "step", step: step(i) })).type === "done") done++;
    expect(done).toBeGreaterThan(64);
    expect(done).toBeLessThan(64 + 13);
  });

  it("reports that the budget is spent, also to a train.ts that sends no step", async () => {
    await wait();
    session.begin(0.02);
    await silence();
    expect(spent).toBe(0);
    now += 21;
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(spent).toBe(1);
  });
});

describe("a sandbox that breaks the rules", () => {
  const forgeries: Record<string, (good: StepRequest) => unknown> = {
    "names a plan it does not own": (good) => ({
      type: "step",
      id: 9,
      step: { ...good, plan: 5, tape: null },
    }),
    "writes a parameter it does not have": (good) => ({
      type: "step",
      id: 9,
      step: { ...good, tape: good.tape?.replace('"to":[0]', '"to":[1]') },
    }),
    "asks for a profile that does not exist": () => ({ type: "profile", id: 9 }),
    "asks without a number": (good) => ({ type: "step", id: Number.NaN, step: good }),
    "says nothing": () => null,
  };
  it.each(Object.entries(forgeries))("%s: it is named, and not heard again", async (_, forge) => {
    await ask({ type: "reset" });
    const { step } = recorder();
    const good = step();
    port.postMessage(forge(good));
    await silence();
    expect(violations).toHaveLength(1);
    expect(violations[0]).toMatch(/^broke the protocol: [^\n]+$/);
    const count = replies.length;
    port.postMessage({ type: "step", id: 99, step: good });
    await silence();
    expect(replies).toHaveLength(count);
  });

  it("races two plans and asks for a thousand steps at once", async () => {
    await wait();
    engine.finished = () => new Promise((resolve) => setTimeout(resolve, 5));
    const { step } = recorder();
    session.begin(BUDGET);
    for (let i = 0; i < 1000; i++) port.postMessage({ type: "step", id: 1000 + i, step: step(i % 2) });
    await silence();
    expect(violations).toEqual(["flooded the engine with requests"]);
  });

  it.each<[string, Asked]>([
    ["steps", { type: "step", step: recorder().step() }],
    ["a new evaluation", { type: "reset" }],
  ])("asks again and again, in vain, for %s", async (_, request) => {
    await wait();
    for (let i = 0; i < 254; i++) await ask(request);
    expect(violations).toEqual([]);
    for (let i = 0; i < 3; i++) void ask(request);
    await silence();
    expect(violations).toEqual(["asked the engine again and again, in vain"]);
  });

  it("asks for weights of no parameter", async () => {
    await ask({ type: "reset" });
    await ask({ type: "step", step: recorder().step() });
    await expect(session.take(Uint32Array.of(3))).rejects.toThrow(/persistent tensor, got 3/);
  });

  it("is ignored after its end, and shares no state with another session", async () => {
    await ask({ type: "reset" });
    const { step } = recorder();
    const [first, second] = [step(), step()];
    await ask({ type: "step", step: first });
    session.close();
    const count = replies.length;
    port.postMessage({ type: "step", id: 50, step: second });
    await silence();
    expect(replies).toHaveLength(count);
    const next = new MessageChannel();
    const named: string[] = [];
    const other = new TrainingSession(new Reference(() => undefined), next.port1, {
      now: () => now,
      tuneMs: 0,
      rehearsed: false,
      profiles,
      batches: batches(),
      spent: () => undefined,
      violated: (reason) => void named.push(reason),
    });
    next.port2.postMessage({ type: "reset", id: 1 });
    // A plan and a parameter of the earlier session.
    next.port2.postMessage({ type: "step", id: 2, step: second });
    await silence();
    expect(named[0]).toMatch(/plan, got 0, expected one that this session named/);
    await expect(other.take(Uint32Array.of(0))).rejects.toThrow(/persistent tensor/);
    other.close();
    next.port2.close();
  });
});
