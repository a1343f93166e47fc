// Plays checked steps in a session of an engine: records the operations of a tape, with its numbers and data, and runs
// them. A session plays the tapes of one recorder and holds its persistent tensors; it cannot name any others.

import { Session } from "../engine/session.ts";
import type { Data, HostArray, Persistent } from "../graph/leaf.ts";
import type { Value } from "../graph/graph.ts";
import { array, integer } from "../forward/check-json.ts";
import type { Place } from "../forward/check-node.ts";
import { Tensor } from "../tensor/tensor.ts";
import { LabError } from "../../error.ts";
import { checkShape, numel, show, type Shape } from "../values/shape.ts";
import { loadStep, refuse, type CheckedStep, type StepLimits } from "./load-step.ts";
import {
  MAX_BATCHES,
  MAX_BATCH_TOKENS,
  MAX_PERSISTENTS,
  MAX_SESSION_PLANS,
  type DrawnBatch,
  type SlotContent,
  type StateChange,
  type StepRequest,
} from "./step-format.ts";

/** The source of batches: x [rows, T] and the token after each. */
export interface BatchSource {
  /** T. */
  readonly seqLen: number;
  /** Throws LabError if too few rows are left. */
  draw(rows: number): { x: Uint32Array; y: Uint32Array };
}

interface Batch {
  readonly shape: Shape;
  readonly x: Data;
  readonly y: Data;
}

interface Plan {
  readonly step: CheckedStep;
  readonly slots: readonly Data[];
  /** Whether each slot was filled. */
  readonly filled: boolean[];
}

export class StepPlayer {
  readonly #session: Session;
  readonly #limits: Partial<StepLimits>;
  readonly #tensors: Persistent[] = [];
  #plans: Plan[] = [];
  readonly #source: BatchSource | null;
  readonly #batches: Batch[] = [];
  /** Structures met so far. The recorder determines their number and the cost of planning them. */
  structures = 0;

  /** `source`: the text for the batches of steps. */
  constructor(session: Session, source: BatchSource | null = null, limits: Partial<StepLimits> = {}) {
    this.#session = session;
    this.#limits = limits;
    this.#source = source;
  }

  /** One of the session's persistent tensors, by its number. Throws LabError "graph". */
  tensor(number: number): Tensor {
    return new Tensor(this.#tensors[integer("persistent tensor", number, 0, this.#tensors.length - 1)]);
  }

  /**
   * Checks a request and records it; nothing runs yet. The caller must `run` or `drop` it. Throws LabError "graph",
   * "shape", "memory" and the like for a request that does not fit.
   */
  record(request: StepRequest): RecordedStep {
    array("changes", request.changes, MAX_PERSISTENTS).forEach((change) => {
      this.#change(change as StateChange);
    });
    array("draws", request.draws, MAX_BATCHES).forEach((drawn) => {
      this.#draw(drawn as DrawnBatch);
    });
    const plan = this.#plan(request);
    const { step, slots } = plan;
    if (request.numbers.length !== step.numbers)
      refuse("numbers", request.numbers.length, String(step.numbers));
    this.#fill(plan, request.data);
    try {
      return this.#record(step, slots, request.numbers);
    } catch (error) {
      this.#session.abandon();
      throw error;
    }
  }

  #record(step: CheckedStep, slots: readonly Data[], numbers: Float64Array): RecordedStep {
    const { recorder } = this.#session;
    recorder.precision = step.precision;
    const results: (readonly Value[])[] = [];
    const valueOf = ([node, output]: Place): Value => results[node][output];
    let [at, written] = [0, 0];
    const write = (before: number): void => {
      for (; written < step.writes.length && step.writes[written].at === before; written++) {
        const { to, values } = step.writes[written];
        recorder.write(
          to.map((of) => this.#tensors[of]),
          values.map(valueOf),
        );
      }
    };
    step.nodes.forEach((node, i) => {
      write(i);
      const outputs = recorder.lines.at(node.line, (): readonly Value[] => {
        if (node.kind === "read") return [recorder.read(this.#tensors[node.of])];
        if (node.kind === "data") return [recorder.read(slots[node.slot])];
        if (node.kind === "batch") return [recorder.read(this.#batches[node.batch][node.side])];
        recorder.gradients = node.grad;
        const own = Array.from(numbers.subarray(at, (at += node.numbers)));
        return recorder.record(node.op, node.inputs.map(valueOf), node.attrs, own).outputs;
      });
      results.push(outputs);
    });
    write(step.nodes.length);
    recorder.gradients = true;
    recorder.backwards.push(...step.backwards);
    return new RecordedStep(this.#session, step.stores, step.wanted.map(valueOf));
  }

  #change(change: StateChange): void {
    const { recorder } = this.#session;
    if (change.type === "grouped") {
      const members = array("a group", change.members, MAX_PERSISTENTS).map((of) =>
        integer("a group's member", of, 0, this.#tensors.length - 1),
      );
      if (members.length === 0 || new Set(members).size < members.length)
        refuse("a group", members.length, "different tensors");
      recorder.persistents.group(members.map((of) => this.#tensors[of]));
      return;
    }
    const { shape, trainable, initial, line } = change;
    if (this.#tensors.length >= MAX_PERSISTENTS)
      refuse("persistent tensors", this.#tensors.length + 1, `at most ${MAX_PERSISTENTS}`);
    checkShape("parameter", shape);
    recorder.persistents.needRoom("parameter", shape);
    if (initial !== null && initial.length !== numel(shape))
      refuse("initial values", initial.length, `${numel(shape)} for ${show(shape)}`);
    const made = recorder.lines.at(line, () => recorder.persistent(shape, "f32", initial, trainable));
    this.#tensors.push(made);
  }

  #draw({ batch: number, rows }: DrawnBatch): void {
    const { recorder } = this.#session;
    const source = this.#source ?? refuse("a batch", number, "none: this session has no text");
    if (number > this.#batches.length || number >= MAX_BATCHES)
      refuse("number of a new batch", number, String(this.#batches.length));
    if (number === this.#batches.length) {
      const shape = [rows, source.seqLen];
      const held = this.#batches.reduce((sum, batch) => sum + numel(batch.shape), 0);
      if (held + numel(shape) > MAX_BATCH_TOKENS)
        throw new LabError("memory", {
          what: "step.batch: too many tokens in the batches of a run",
          got: String(held + numel(shape)),
          expected: `at most ${MAX_BATCH_TOKENS}`,
        });
      const leaf = () => recorder.data(shape, "u32", new Uint32Array(0));
      this.#batches.push({ shape, x: leaf(), y: leaf() });
    }
    const { shape, ...leaves } = this.#batches[number];
    if (rows !== shape[0]) refuse(`rows of batch ${number}`, rows, String(shape[0]));
    const drawn = source.draw(rows);
    for (const side of ["x", "y"] as const) recorder.setData(leaves[side], drawn[side]);
  }

  #plan({ forget, plan, tape }: StepRequest): Plan {
    if (forget) this.#plans = [];
    if (tape === null) return this.#plans[plan] ?? refuse("plan", plan, "one that this session named");
    if (plan !== this.#plans.length || plan >= MAX_SESSION_PLANS)
      refuse("number of a new plan", plan, String(this.#plans.length));
    const step = loadStep(tape, this.#tensors, this.#limits, this.#batches);
    const { recorder } = this.#session;
    const slots = step.slots.map(({ shape, dtype }) =>
      recorder.data(shape, dtype, dtype === "u32" ? new Uint32Array(0) : new Float32Array(0)),
    );
    const made = { step, slots, filled: slots.map(() => false) };
    this.structures++;
    this.#plans.push(made);
    return made;
  }

  #fill({ slots, filled }: Plan, data: readonly SlotContent[]): void {
    if (data.length !== slots.length) refuse("data", data.length, String(slots.length));
    data.forEach((content, i) => {
      const slot = slots[i];
      if (content === null) {
        if (!filled[i]) refuse("data", `nothing in slot ${i}`, "an array");
        return;
      }
      const fits = content instanceof Uint32Array ? slot.dtype === "u32" : slot.dtype === "f32";
      if (!fits || content.length !== numel(slot.shape))
        refuse(`data in slot ${i}`, `${content.length} values`, `${show(slot.shape)} ${slot.dtype}`);
      this.#session.recorder.setData(slot, content);
      filled[i] = true;
    });
  }
}

/** A recorded step that has not run yet. */
class RecordedStep {
  /** Whether it ends the step. */
  readonly stores: boolean;
  readonly #session: Session;
  readonly #wanted: readonly Value[];

  constructor(session: Session, stores: boolean, wanted: readonly Value[]) {
    this.#session = session;
    this.stores = stores;
    this.#wanted = wanted;
  }

  /** Compiles the step and starts it; resolves once it has started. `values` resolves with the wanted values. */
  async run(
    onProgress?: (done: number, total: number) => void,
  ): Promise<{ readonly values: Promise<HostArray[]> }> {
    const { recorder } = this.#session;
    if (!this.stores && this.#wanted.length === 0) {
      this.drop();
      return { values: Promise.resolve([]) };
    }
    if (!this.stores) {
      await this.#session.prepareAll(this.#wanted);
      const values = this.#session.evaluateAll(this.#wanted);
      recorder.drop();
      return { values };
    }
    const read = this.#wanted.map((value) => this.#session.readValue(value));
    await this.#session.prepare(onProgress);
    return { values: Promise.all(read) };
  }

  drop(): void {
    this.#session.abandon();
  }
}
