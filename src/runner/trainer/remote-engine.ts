// The trainer's stand-in for the engine: it records train.ts here; the engine computes at the other end of a port.
import { LabError } from "../../error.ts";
import { type HostArray, RecordingSession, recordForward, silentFault } from "../../nn/index.ts";
import { BudgetSpent } from "../../prepare/index.ts";
import { SOURCE } from "../contract/reason.ts";
import type { SessionReply, SessionRequest } from "../engine/session-protocol.ts";
import type { TrainerEngine } from "./trainer.ts";

/** The engine's end; `post` and the replies must not pass through any object that train.ts can change. */
interface EngineEnd {
  post(request: SessionRequest): void;
  /** Bytes that may live from step to step. */
  readonly memory: number;
  /** Tokens of a row of text. */
  readonly seqLen: number;
}

interface Waiting {
  readonly started: () => void;
  readonly done: (reply: SessionReply) => void;
  readonly failed: (error: LabError) => void;
}

/** The caller must pass every reply of the engine to `hear`. */
export function remoteEngine(end: EngineEnd): TrainerEngine & { hear(reply: SessionReply): void } {
  const waiting = new Map<number, Waiting>();
  let serial = 0;
  /** Steps that are not finished, in order. */
  const inFlight: Promise<unknown>[] = [];
  let started: Promise<void> = Promise.resolve();
  let [pausedMs, peakBytes, over] = [0, 0, false];
  let progress: ((done: number, total: number) => void) | undefined;

  function ask(request: (id: number) => SessionRequest, begun: () => void = () => undefined) {
    const id = ++serial;
    const answer = new Promise<SessionReply>((done, failed) =>
      waiting.set(id, { started: begun, done, failed }),
    );
    end.post(request(id));
    return answer;
  }

  const session = new RecordingSession(
    (step) => {
      let begin: () => void = () => undefined;
      const begun = new Promise<void>((resolve) => (begin = resolve));
      const answer = ask((id) => ({ type: "step", id, step }), begin);
      started = Promise.race([begun, answer.then(() => undefined)]);
      started.catch(() => undefined); // `prepare` awaits and handles it
      inFlight.push(answer);
      const leave = () => void inFlight.splice(inFlight.indexOf(answer), 1);
      answer.then(leave, leave);
      return answer.then((reply): HostArray[] => {
        if (reply.type === "done") return [...reply.values];
        throw new BudgetSpent("the budget is spent: nothing is computed any more");
      });
    },
    0,
    SOURCE,
  );
  session.recorder.persistents.mostBytes = end.memory;
  session.activate();

  return {
    hear(reply) {
      if (reply.type === "compiling") return progress?.(reply.done, reply.total);
      const asked = waiting.get(reply.id);
      if (reply.type === "started") {
        pausedMs = reply.pausedMs;
        peakBytes = reply.peakBytes;
        return asked?.started();
      }
      waiting.delete(reply.id);
      if (reply.type === "over") over = true;
      if (reply.type === "refused") asked?.failed(new LabError(reply.code, reply.message));
      else asked?.done(reply);
    },
    batch: (call, rows) => session.batch(call, rows, end.seqLen),
    readLater: session.readLater.bind(session),
    async prepare(onProgress) {
      progress = onProgress;
      started = Promise.resolve();
      session.flush();
      await started;
    },
    async settled(most) {
      while (inFlight.length > most) await inFlight[0];
    },
    get over() {
      return over;
    },
    get pausedMs() {
      return pausedMs;
    },
    get peakBytes() {
      return peakBytes;
    },
    seed: session.seed.bind(session),
    async reset() {
      session.reset();
      pausedMs = 0;
      await ask((id) => ({ type: "reset", id }));
    },
    hold: session.hold.bind(session),
    async handOver(model, batch, seqLen, onLines, onSilent) {
      session.abandon(); // operations recorded after the last step do not count
      await session.sendState();
      const recorded = recordForward(model, [batch, seqLen]);
      const single = recordForward(model, [1, seqLen]);
      const silent = onSilent ? silentFault(recorded, SOURCE) : null;
      if (silent !== null) onSilent?.(silent.message.slice(0, 1_000));
      onLines?.(Uint32Array.from(recorded.lines), Uint32Array.from(single.lines));
      const parameters = Uint32Array.from(recorded.parameters, ({ tensor }) => session.numberOf(tensor));
      return { graph: JSON.stringify(recorded.graph), single: JSON.stringify(single.graph), parameters };
    },
  };
}
