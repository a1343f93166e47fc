// The life of recorded steps on some backend: activate, record, flush. The engine is this on a GPU; the reference
// lab is this on float64.

import { LabError } from "../../error.ts";
import type { Backend, Precision, Work, Write } from "../graph/backend.ts";
import type { Node, Value } from "../graph/graph.ts";
import { checkShape, numel, show, type Shape, type DType } from "../values/shape.ts";
import type { Data, HostArray } from "../graph/leaf.ts";
import type { StructureNode } from "../graph/structure-trie.ts";
import { Random } from "../values/random.ts";
import { activate } from "../tensor/current-recorder.ts";
import { Recorder, type Executor } from "../tensor/recorder.ts";
import { Tensor } from "../tensor/tensor.ts";

/** A tensor whose contents the lab replaces before each step: token batches. */
export class InputTensor extends Tensor {
  readonly #recorder: Recorder;
  readonly #leaf: Data;
  /** @internal Made by `engine.input`. */
  constructor(recorder: Recorder, leaf: Data) {
    super(leaf);
    this.#recorder = recorder;
    this.#leaf = leaf;
  }
  /** Uploaded when the step that uses it is flushed. The array is kept, not copied: do not change it before. */
  set(array: HostArray): void {
    const wrong =
      array.length !== numel(this.shape) || array instanceof Uint32Array !== (this.dtype === "u32");
    if (wrong)
      throw new LabError("shape", {
        what: "input.set: wrong array",
        got: `${array.length} × ${array instanceof Uint32Array ? "u32" : "f32"}`,
        expected: `${numel(this.shape)} × ${this.dtype} for ${show(this.shape)}`,
      });
    this.#recorder.setData(this.#leaf, array);
  }
}

export class Session<B extends Backend = Backend> implements Executor {
  readonly backend: B;
  readonly recorder: Recorder;
  #held: string | null = null;

  /** `source`: the script whose lines errors of a later plan name (its sourceURL). */
  constructor(backend: B, seed = 0, source: string | null = null) {
    this.backend = backend;
    this.recorder = new Recorder(this, source);
    this.seed(seed);
  }

  /** From here on the functions of the module "nn" record into this engine. */
  activate(): void {
    activate(this.recorder);
  }

  /** Restarts the random numbers of initial values and dropout. */
  seed(seed: number): void {
    this.recorder.random = new Random(seed);
  }

  /** Blocks all computation until called with null: a request for values throws LabError "value" with this text. */
  hold(why: string | null): void {
    this.#held = why;
  }

  /** A tensor for data that changes from step to step; zeros until `set`. */
  input(shape: Shape, dtype: DType): InputTensor {
    checkShape("input", shape);
    const array = dtype === "u32" ? new Uint32Array(numel(shape)) : new Float32Array(numel(shape));
    return new InputTensor(this.recorder, this.recorder.data(shape, dtype, array));
  }

  /** Requests a tensor's values at the end of this step, without waiting: it never stalls the loop. */
  readLater(tensor: Tensor): Promise<HostArray> {
    return this.readValue(tensor.detach().value);
  }

  /** The same of a recorded value. */
  readValue(value: Value): Promise<HostArray> {
    const result = new Promise<HostArray>((resolve, reject) => {
      this.recorder.wanted.push({ value, resolve, reject });
    });
    // An ignored promise must not crash the worker; flush throws the error as well.
    result.catch(() => undefined);
    return result;
  }

  /** Ends the step: plans and starts the recorded work. Throws LabError ("memory", "limit", "wgsl", "device"). */
  flush(): void {
    const work = this.#work();
    const wanted = [...this.recorder.wanted];
    try {
      if (work.wanted.length === 0 && this.recorder.written.length === 0) return;
      this.backend.execute(work).then(
        (arrays) => {
          wanted.forEach(({ resolve }, i) => {
            resolve(arrays[i]);
          });
        },
        (error: unknown) => {
          for (const { reject } of wanted) reject(error);
        },
      );
    } catch (error) {
      for (const { reject } of wanted) reject(error);
      throw error;
    } finally {
      this.recorder.next();
    }
  }

  /** Like `flush`, after compiling everything the step needs, asynchronously and in parallel. */
  async prepare(onProgress?: (done: number, total: number) => void): Promise<void> {
    try {
      await this.backend.prepare(this.#work(), onProgress);
    } catch (error) {
      this.abandon();
      throw error;
    }
    this.flush();
  }

  /** Drops everything recorded since the last flush. */
  abandon(): void {
    for (const { reject } of this.recorder.wanted)
      reject(new LabError("cancelled", "the step was abandoned"));
    this.recorder.drop();
  }

  /** Forgets the step and every persistent tensor; plans and memory are freed, compiled kernels are kept. */
  reset(): void {
    this.abandon();
    this.recorder.precision = "f32";
    this.recorder.destroyPersistents();
    this.backend.forget();
  }

  async evaluate(value: Value): Promise<HostArray> {
    const [array] = await this.evaluateAll([value]);
    return array;
  }

  /** Compiles the kernels for evaluating these values. */
  prepareAll(values: readonly Value[]): Promise<void> {
    return this.backend.prepare(new Recorded(this.recorder, values, false));
  }

  /** Evaluates values now, leaving the step being recorded as it is. */
  evaluateAll(values: readonly Value[]): Promise<HostArray[]> {
    if (this.#held !== null) throw new LabError("value", `data() and item(): ${this.#held}`);
    return this.backend.execute(new Recorded(this.recorder, values, false));
  }

  #work(): Work {
    const { recorder } = this;
    return new Recorded(
      recorder,
      recorder.wanted.map(({ value }) => value),
      true,
    );
  }
}

/** A step as its backend sees it. The lists of writes are for planning: a plan that is found again needs neither. */
class Recorded implements Work {
  readonly nodes: readonly Node[];
  readonly source: string | null;
  readonly place: StructureNode;
  readonly layout: number;
  readonly wanted: readonly Value[];
  readonly stores: boolean;
  readonly precision: Precision;
  readonly backwards: readonly number[];
  readonly #recorder: Recorder;
  constructor(recorder: Recorder, wanted: readonly Value[], stores: boolean) {
    this.nodes = recorder.tape.nodes;
    this.source = recorder.lines.source;
    this.place = recorder.tape.place;
    this.layout = recorder.persistents.layout;
    this.wanted = wanted;
    this.stores = stores;
    // A value requested by itself, not at the end of a step, is computed in f32.
    this.precision = stores ? recorder.precision : "f32";
    this.backwards = recorder.backwards;
    this.#recorder = recorder;
  }
  get writes(): Write[] {
    if (!this.stores) return [];
    // The write of a dead branch is still a write: its value is that of the last assign.
    return this.#recorder.written.flatMap((leaf) => (leaf.assigned ? [{ leaf, value: leaf.assigned }] : []));
  }
  get written(): Write[] {
    return this.#recorder.writes.flatMap(({ leaves, values }) =>
      leaves.flatMap((leaf, i) => (values[i] ? [{ leaf, value: values[i] }] : [])),
    );
  }
}
