// The line of train.ts of each recorded operation. A new operation gets its line from a stack trace, and the line is
// stored with its place on the tape: a repeated step needs no stack traces.

import type { Node } from "../graph/graph.ts";
import { callingLine } from "../values/source-line.ts";

/** Maximum number of stack traces in one step, about half a second: no real model is longer. */
const MAX_LINES = 10_000;

export class Lines {
  /** The name of train.ts in stack traces (its sourceURL); null for no lines. */
  readonly source: string | null;
  /** The line for operations recorded now; null for the calling line. Set by `at`, and for each node by backward. */
  current: number | null = null;
  #looked = 0;

  constructor(source: string | null) {
    this.source = source;
  }

  /** Calls `record`; the operations that it records get this line of train.ts. */
  at<T>(line: number | null, record: () => T): T {
    const outer = this.current;
    this.current = line;
    try {
      return record();
    } finally {
      this.current = outer;
    }
  }

  /** The current line of train.ts. Call only for new operations: a stack trace costs more than all other recording. */
  here(): number {
    if (this.current !== null) return this.current;
    return this.source === null || this.#looked++ >= MAX_LINES ? 0 : callingLine(this.source);
  }

  /** The line where train.ts made a node that is recorded without a call: a leaf, or a value of an earlier step. */
  of({ line, leaf }: Node): number {
    if (line > 0) return line;
    return leaf?.kind === "persistent" ? leaf.line : this.here();
  }

  /** Ends the step: the count of stack traces starts again. */
  forget(): void {
    this.#looked = 0;
  }
}
