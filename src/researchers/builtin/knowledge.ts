// Prior knowledge of the seed's constants: their usual importance in a short run, which of them belong together, and
// the direction that usually pays.
import type { Dimension } from "../source/space.ts";

interface Known {
  readonly group: "rate" | "size" | "schedule" | "memory" | "attention";
  readonly importance: number;
  /** 1: usually too low at first; -1: usually too high; absent: unknown. */
  readonly way?: 1 | -1;
}

const KNOWN: Readonly<Record<string, Known>> = {
  DEPTH: { group: "size", importance: 1.6, way: 1 },
  HEADS: { group: "size", importance: 1.6, way: 1 },
  HEAD_DIM: { group: "size", importance: 2, way: 1 },
  MLP_RATIO: { group: "size", importance: 1.2, way: 1 },
  WIDTH: { group: "size", importance: 2, way: 1 },
  BATCH: { group: "rate", importance: 2, way: -1 },
  SOFTCAP: { group: "attention", importance: 0.6 },
  ROPE_BASE: { group: "attention", importance: 0.5 },
  WINDOW: { group: "attention", importance: 0.8 },
  MOMENTUM: { group: "memory", importance: 0.8 },
  BETA1: { group: "memory", importance: 0.6 },
  BETA2: { group: "memory", importance: 0.6 },
  WEIGHT_DECAY: { group: "rate", importance: 0.6 },
  WARMUP: { group: "schedule", importance: 1, way: -1 },
  WARMDOWN: { group: "schedule", importance: 1.6 },
  FINAL_LR: { group: "schedule", importance: 0.9 },
};

const RATE: Known = { group: "rate", importance: 2, way: 1 };
const UNKNOWN = { importance: 0.8 } as const;

const known = (name: string): Known | null => KNOWN[name] ?? (/(^|_)LR$/.test(name) ? RATE : null);

/** How much a constant usually matters in a short run; 1 is ordinary. */
export const importance = ({ name }: Pick<Dimension, "name">): number => (known(name) ?? UNKNOWN).importance;

/** The direction that usually pays at first, or null. */
export const usualWay = ({ name }: Pick<Dimension, "name">): 1 | -1 | null => known(name)?.way ?? null;

/** Whether one move may change both: for example rates with the batch, heads with their width. */
export function related(a: string, b: string): boolean {
  const group = known(a)?.group;
  return group !== undefined && group === known(b)?.group;
}
