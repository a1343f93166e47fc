// Which line of train.ts records. A line is looked for on the stack where what is recorded is new, and remembered with its
// place on the tape: a step like the last one looks for none.

import type { Node } from "../graph/graph.ts";
import { callingLine } from "../values/source-line.ts";

/** Lines looked for in one step, about half a second's worth: what is longer is no honest model. */
const MAX_LINES = 10_000;

export class Lines {
  /** The name train.ts has on the stack (its sourceURL); null: no line is looked for. */
  readonly source: string | null;
  /** The line that what is recorded now belongs to; null: whichever calls. Set by `at`, and step by step by backward. */
  current: number | null = null;
  #looked = 0;

  constructor(source: string | null) {
    this.source = source;
  }

  /** What `record` records, as if that line of train.ts did. */
  at<T>(line: number | null, record: () => T): T {
    const outer = this.current;
    this.current = line;
    try {
      return record();
    } finally {
      this.current = outer;
    }
  }

  /** Where train.ts is. Only what is new may ask: a stack costs more than all else that recording does. */
  here(): number {
    if (this.current !== null) return this.current;
    return this.source === null || this.#looked++ >= MAX_LINES ? 0 : callingLine(this.source);
  }

  /** Where train.ts made what is put on the tape by itself: a leaf, or a value of an earlier step. */
  of({ line, leaf }: Node): number {
    if (line > 0) return line;
    return leaf?.kind === "persistent" ? leaf.line : this.here();
  }

  /** The step has ended. */
  forget(): void {
    this.#looked = 0;
  }
}
