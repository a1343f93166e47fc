// The edits of a packing that the built-in researcher may try, besides changes of its numbers.
import type { ArenaEdit } from "../contract/arena.ts";

const BEST_FIT = "return fresh ? -1000 - item : -left;";
const HEADER = "export function solve(";

export const edits: readonly ArenaEdit[] = [
  {
    name: "gap-rule",
    slot: "priority",
    change: "best fit becomes a tight fit, or a bin with much room left",
    why: "a gap that no item fits into is lost; only a nearly full bin or a roomy one is worth an item",
    from: "the common part of FunSearch's heuristics for these sizes (Nature 625, 2023)",
    steps: [
      [
        HEADER,
        `const TIGHT = 3; // room that may be lost (0..12)
const ROOMY = 18; // room that later items fit into (6..45)

export function solve(`,
      ],
      [
        BEST_FIT,
        `if (left <= TIGHT) return 1000 - left;
  if (fresh) return 0;
  return left >= ROOMY ? 100 - left : -1000 - left;`,
      ],
    ],
  },
  {
    name: "gap-cost",
    slot: "priority",
    change: "best fit becomes a cost of the room left that is worst in the middle",
    why: "room of a typical size is filled later, room below it is lost",
    from: "a smooth form of the gap rule",
    steps: [
      [
        HEADER,
        `const CENTRE = 12; // the worst room to leave (2..40)
const SPREAD = 6; // how far around it (1..30)
const NEW_BIN = 0.8; // what a new bin costs (0.01..2)
const SLOPE = 0.01; // cost of each unit of room (0.0001..0.1 log)

export function solve(`,
      ],
      [BEST_FIT, "return fresh ? -NEW_BIN : -Math.exp(-(((left - CENTRE) / SPREAD) ** 2)) - SLOPE * left;"],
    ],
  },
  {
    name: "worst-of-the-roomy",
    slot: "order",
    change: "of the roomy bins the one with the most room is taken",
    why: "evens out the remaining capacity, so that few bins end at a bad gap",
    from: "worst fit, among the bins of the gap rule",
    steps: [["left >= ROOMY ? 100 - left :", "left >= ROOMY ? 100 + left :"]],
  },
  {
    name: "by-item",
    slot: "thresholds",
    change: "the room that counts as enough grows with the item",
    why: "small items can still mend a gap, large ones cannot",
    from: "priorities that see the item, as FunSearch's do",
    steps: [
      [
        HEADER,
        `const BY_ITEM = 0.1; // room that each unit of the item asks for (-0.5..0.5)

export function solve(`,
      ],
      ["left >= ROOMY ?", "left >= ROOMY + BY_ITEM * (item - 40) ?"],
    ],
  },
  {
    name: "by-item-tight",
    slot: "tightness",
    change: "the room that may be lost grows with the item",
    why: "a large item leaves fewer chances of a tighter fit",
    from: "priorities that see the item, as FunSearch's do",
    steps: [
      [
        HEADER,
        `const LOSS = 0.03; // room that each unit of the item may lose (-0.2..0.2)

export function solve(`,
      ],
      [
        "if (left <= TIGHT) return 1000 - left;",
        "if (left <= TIGHT + LOSS * (item - 40)) return 1000 - left;",
      ],
    ],
  },
];
