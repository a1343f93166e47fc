// Names the tensors of train.ts that lie in a plan's memory, with their lines. Used by errors for plans that do not fit
// on the device.

import type { Work } from "../../graph/backend.ts";
import type { Node, Value } from "../../graph/graph.ts";
import type { Persistent } from "../../graph/leaf.ts";
import { numel, show } from "../../values/shape.ts";
import { megabytes } from "../../values/megabytes.ts";
import { atLine } from "../../values/source-line.ts";
import type { Operand } from "../../graph/lowering.ts";
import { livesOf, type Life } from "./memory.ts";
import type { Draft, DraftDispatch } from "./draft.ts";

/** A tensor in a plan's memory. */
interface Piece {
  /** `matmul [64, 256]`, `gradient [64, 256]`, `parameter [256, 64]`. */
  readonly name: string;
  readonly bytes: number;
  /** The line of train.ts that created it; a gradient has the line of its tensor. 0 if unknown. */
  readonly line: number;
}

/** The place of a value, in elements of its buffer before any buffer is halved for f16. */
interface Spot {
  readonly buffer: number;
  readonly start: number;
  readonly end: number;
}
type Placed = Piece & Spot;

export class MemoryReport {
  readonly #source: string | null;
  readonly #backwards: readonly number[];
  readonly #draft: Draft;

  /** Can be used after the step is over. */
  constructor({ source, backwards }: Work, draft: Draft) {
    this.#source = source;
    this.#backwards = [...backwards];
    this.#draft = draft;
  }

  /** The tensors in memory at the plan's peak, largest first. */
  atPeak(): Piece[] {
    const lives = livesOf(this.#draft.dispatches, this.#draft.outputs);
    const at = peakOf(lives, this.#draft.dispatches.length);
    const alive = lives.filter(({ first, last }) => first <= at && at <= last);
    const pieces = this.#values();
    const known = new Set(pieces.map(({ buffer }) => buffer));
    const temporary = new Set(lives.map(({ buffer }) => buffer.id));
    const wanted = new Set(alive.map(({ buffer }) => buffer.id));
    const scratch = alive.filter(({ buffer }) => !known.has(buffer.id)).map((life) => this.#scratch(life));
    const there = pieces.filter(({ buffer }) => wanted.has(buffer) || !temporary.has(buffer));
    return [...there, ...scratch].sort((a, b) => b.bytes - a.bytes);
  }

  /** The largest tensor in an operand; null if there is none. */
  in({ buffer, offset, count, halves }: Operand): Piece | null {
    const wide = halves === undefined ? 1 : 2;
    const [from, to] = [offset * wide, (offset + count) * wide];
    const inside = this.#values().filter(
      (piece) => piece.buffer === buffer.id && piece.start < to && from < piece.end,
    );
    return inside.sort((a, b) => b.bytes - a.bytes)[0] ?? null;
  }

  /** Name and line of the operation that a dispatch computes. */
  of({ node }: DraftDispatch): Pick<Piece, "name" | "line"> {
    return node ? { name: this.#kind(node), line: node.line } : { name: "a copy", line: 0 };
  }

  /** `train.ts:12: `, or "" if the line is unknown. */
  before(line: number): string {
    return atLine(this.#source, line);
  }
  /** `matmul [64, 256] of 0.06 MiB at train.ts:12`. */
  describe({ name, bytes, line }: Piece): string {
    const place = this.before(line).slice(0, -2);
    return `${name} of ${megabytes(bytes)}${place === "" ? "" : ` at ${place}`}`;
  }

  /** Every range of memory once, named after the largest tensor in it. */
  #values(): Placed[] {
    const { values, dispatches } = this.#draft;
    const buffers = new Map(
      dispatches.flatMap(({ operands }) => operands.map(({ buffer }) => [buffer.id, buffer])),
    );
    const all: Placed[] = [];
    for (const buffer of buffers.values()) {
      if (buffer.kind !== "persistent") continue;
      const { members, offsets } = buffer.group;
      members.forEach((leaf, i) => {
        const start = offsets[i];
        const count = numel(leaf.shape);
        all.push({ ...persistentPiece(leaf), buffer: buffer.id, start, end: start + count });
      });
    }
    const inOrder = [...values].sort(
      ([a], [b]) => numel(b.shape) - numel(a.shape) || a.node.index - b.node.index,
    );
    for (const [value, { buffer, offset, count }] of inOrder) {
      const now = buffers.get(buffer.id);
      if (!now || now.kind === "persistent") continue;
      const spot = { buffer: buffer.id, start: offset, end: offset + count };
      if (
        all.some((other) => other.buffer === spot.buffer && other.start < spot.end && spot.start < other.end)
      )
        continue;
      // A buffer halved for f16 holds as many elements in half the bytes.
      const bytes = (4 * count * now.count) / buffer.count;
      all.push({ ...spot, bytes, name: this.#name(value), line: value.node.line });
    }
    return all;
  }

  #scratch({ buffer, first }: Life): Piece {
    const dispatch = this.#draft.dispatches[first];
    const { name, line } = dispatch ? this.of(dispatch) : { name: "the step", line: 0 };
    return { name: `scratch of ${name}`, bytes: 4 * buffer.count, line };
  }

  #name(value: Value): string {
    return `${this.#kind(value.node)} ${show(value.shape)}`;
  }

  #kind(node: Node): string {
    if (node.leaf?.kind === "data") return "tensor";
    const backwards = this.#backwards;
    const within = backwards.some(
      (start, i) => i % 2 === 0 && start <= node.index && node.index < backwards[i + 1],
    );
    if (within) return "gradient";
    return node.op.label?.(node.attrs) ?? node.op.name;
  }
}

function persistentPiece({ trainable, shape, line }: Persistent): Piece {
  return {
    name: `${trainable ? "parameter" : "stored tensor"} ${show(shape)}`,
    bytes: 4 * numel(shape),
    line,
  };
}

/** Index of the dispatch during which the temporaries need the most memory. */
function peakOf(lives: readonly Life[], dispatches: number): number {
  const change = new Float64Array(dispatches + 1);
  for (const { buffer, first, last } of lives) {
    change[first] = change[first] + buffer.count;
    if (last < dispatches) change[last + 1] = change[last + 1] - buffer.count;
  }
  let [now, most, at] = [0, -1, 0];
  change.subarray(0, dispatches).forEach((delta, i) => {
    now += delta;
    if (now > most) [most, at] = [now, i];
  });
  return at;
}
