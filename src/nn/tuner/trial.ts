// Tries all variants of one kernel on separate buffers: first checks that a variant computes the same as the plain one,
// then measures which of the correct ones is fastest.

import { uniformLength, type Kernel, type Choice } from "../kernels/kernel.ts";
import { compare } from "../kernels/basic/compare.ts";
import { fill } from "../kernels/basic/fill.ts";
import { random } from "../kernels/basic/random.ts";
import type { Dispatch, Program, Runtime, Slice } from "../runtime/index.ts";
import { timePrograms } from "./timing.ts";

/** Relative to 1 + |expected|. f32 sums of some thousand terms in another order differ by a hundredth of this. */
const TOLERANCE = 1e-3;
/** Allowed fraction of wrong elements: comparisons in an epilogue may flip at ties; a wrong tile spoils whole rows. */
const TIES = 2e-5;
/** A variant must need less than this fraction of the default's time: a smaller gain may be noise. */
const WORTH = 0.95;
/** A value that no kernel writes. */
const POISON = 1e30;
/** Value for all run-time numbers of a kernel. */
const NUMBER = 0.5;

interface Variant {
  readonly name: string;
  readonly kernel: Kernel;
}

/**
 * The name of the fastest variant. `counts` are the elements of each binding, of four bytes; `guessMs` is a guess for
 * the time of one run. Candidates that do not compile, or differ from the plain one, are excluded; if the default
 * itself is excluded, the fastest of the others is chosen, for any gain.
 */
export async function tryOut(
  runtime: Runtime,
  choice: Choice,
  counts: readonly number[],
  guessMs: number,
): Promise<string | null> {
  const variants = await compiled(runtime, choice);
  const plain = variants.find(({ name }) => name === choice.plain);
  const [first] = choice.candidates;
  if (plain === undefined || first === undefined) return null;
  const stage = new Stage(runtime, plain.kernel, counts);
  try {
    const sound = await stage.sound(variants, plain);
    const programs = sound.map(({ kernel }) => stage.program(kernel));
    const times = await timePrograms(runtime, programs, guessMs);
    for (const program of programs) program.destroy();
    const usual = sound.findIndex(({ name }) => name === first.name);
    const best = times.indexOf(Math.min(...times));
    const limit = (times[usual] ?? Infinity) * WORTH;
    const chosen = usual >= 0 && (times[best] ?? Infinity) >= limit ? usual : best;
    return sound[chosen]?.name ?? null;
  } finally {
    stage.destroy();
  }
}

/** Names of the candidates that compile and agree with the plain one, in their order. */
export async function agreeing(
  runtime: Runtime,
  choice: Choice,
  counts: readonly number[],
): Promise<string[]> {
  const variants = await compiled(runtime, choice);
  const plain = variants.find(({ name }) => name === choice.plain);
  if (plain === undefined) return [];
  const stage = new Stage(runtime, plain.kernel, counts);
  try {
    return (await stage.sound(variants, plain)).map(({ name }) => name);
  } finally {
    stage.destroy();
  }
}

/** The candidates that compile, each text once under the first of its names, and the plain one. */
async function compiled(runtime: Runtime, choice: Choice): Promise<Variant[]> {
  const all = choice.candidates.map(({ name, make }) => ({ name, kernel: make() }));
  const different = all.filter(
    ({ name, kernel }, i) =>
      name === choice.plain || all.findIndex((other) => other.kernel.wgsl === kernel.wgsl) === i,
  );
  const outcomes = await Promise.allSettled(different.map(({ kernel }) => runtime.compile([kernel])));
  return different.filter((_, i) => outcomes[i]?.status === "fulfilled");
}

/** Holds the buffers of a trial: inputs, results, and the results of the plain variant. */
class Stage {
  readonly #runtime: Runtime;
  readonly #kernel: Kernel;
  readonly #counts: readonly number[];
  readonly #buffers: GPUBuffer[] = [];
  readonly #own: readonly Slice[];
  readonly #expected: readonly Slice[];

  constructor(runtime: Runtime, kernel: Kernel, counts: readonly number[]) {
    this.#runtime = runtime;
    this.#kernel = kernel;
    this.#counts = counts;
    const slices = (wanted: (i: number) => boolean) =>
      counts.map((count, i) => this.#slice(wanted(i) ? count : 1));
    this.#own = slices(() => true);
    this.#expected = slices((i) => this.#written(i));
  }

  /** The variants that agree with the plain one, itself included, in their order. */
  async sound(variants: readonly Variant[], plain: Variant): Promise<Variant[]> {
    const wrong = this.#slice(variants.length);
    await this.#run([...this.#prepared(this.#expected), this.#dispatch(plain.kernel, this.#results())]);
    for (const [at, { kernel }] of variants.entries()) {
      await this.#run([
        ...this.#prepared(this.#own),
        this.#dispatch(kernel, this.#own),
        ...this.#compared(wrong, at),
      ]);
    }
    const [bytes] = await this.#runtime.read([wrong]);
    const counts = new Uint32Array(bytes ?? new ArrayBuffer(0));
    const results = this.#counts.reduce((sum, count, i) => sum + (this.#written(i) ? count : 0), 0);
    return variants.filter((_, at) => (counts[at] ?? Infinity) <= Math.floor(results * TIES));
  }

  /** One dispatch of the kernel on the trial's buffers. */
  program(kernel: Kernel): Program {
    return this.#programOf([this.#dispatch(kernel, this.#own)]);
  }

  destroy(): void {
    for (const buffer of this.#buffers) this.#runtime.free(buffer);
  }

  #written(i: number): boolean {
    return this.#kernel.bindings[i] !== "read";
  }
  /** The bindings of the plain variant: the same inputs, separate results. */
  #results(): Slice[] {
    return this.#own.map((slice, i) => (this.#written(i) ? (this.#expected[i] ?? slice) : slice));
  }

  /** Dispatches that fill inputs with values that are always the same, and results with POISON. */
  #prepared(results: readonly Slice[]): Work[] {
    const { capabilities: caps } = this.#runtime;
    return this.#counts.map((count, i) => {
      const own = this.#own[i];
      const result = results[i];
      const write = this.#kernel.bindings[i] === "write";
      const target = this.#written(i) ? result : own;
      const kernel = write ? fill(caps, { count }) : random(caps, { count, kind: "normal" });
      return { kernel, slices: target ? [target] : [], numbers: [write ? POISON : i + 1] };
    });
  }

  #dispatch(kernel: Kernel, slices: readonly Slice[]): Work {
    return { kernel, slices, numbers: Array.from({ length: kernel.numbers }, () => NUMBER) };
  }

  #compared(wrong: Slice, at: number): Work[] {
    return this.#counts.flatMap((count, i) => {
      const [got, expected] = [this.#own[i], this.#expected[i]];
      if (!this.#written(i) || got === undefined || expected === undefined) return [];
      const kernel = compare(this.#runtime.capabilities, { count });
      return [{ kernel, slices: [got, expected, wrong], numbers: [TOLERANCE, at] }];
    });
  }

  async #run(work: readonly Work[]): Promise<void> {
    await this.#runtime.compile(work.map(({ kernel }) => kernel));
    const program = this.#programOf(work);
    program.submit();
    program.destroy();
  }

  #programOf(work: readonly Work[]): Program {
    const numbers: number[] = [];
    const dispatches = work.map(({ kernel, slices, numbers: own }): Dispatch => {
      const numbersOffset = numbers.length;
      if (uniformLength(kernel) > 0) {
        numbers.push(...own, ...(kernel.sizes ?? []));
        while (numbers.length % 64 !== 0) numbers.push(0);
      }
      return { kernel, slices, numbersOffset };
    });
    const program = this.#runtime.program(dispatches, numbers.length);
    program.writeNumbers(Float32Array.from(numbers));
    return program;
  }

  #slice(count: number): Slice {
    const buffer = this.#runtime.allocate(4 * count, "trial");
    this.#buffers.push(buffer);
    return { buffer, offset: 0, size: 4 * count };
  }
}

interface Work {
  readonly kernel: Kernel;
  readonly slices: readonly Slice[];
  readonly numbers: readonly number[];
}
