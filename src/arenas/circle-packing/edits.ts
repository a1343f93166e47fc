// The edits of a circle packing that the built-in researcher may try, besides changes of its numbers.
import type { ArenaEdit } from "../contract/arena.ts";

export const edits: readonly ArenaEdit[] = [
  {
    name: "multistart",
    slot: "search",
    change: "one start becomes as many as the ticks allow, and the best is kept",
    why: "most starts end in a poor arrangement, and which one is luck",
    from: "multistart, the plainest global search",
    steps: [
      ["random: () => number): number[][]", "random: () => number, left: () => number): number[][]"],
      [
        `const packing = relax(n, random);
  repair(packing);
  return circles(packing);`,
        `let best: Packing | null = null;
  let most = 0;
  let dearest = 0;
  while (best === null || left() > 1.1 * dearest) {
    const before = left();
    const packing = relax(n, random);
    repair(packing);
    const sum = packing.r.reduce((total, radius) => total + radius, 0);
    if (best === null || sum > most) {
      best = packing;
      most = sum;
    }
    dearest = Math.max(dearest, before - left());
  }
  return circles(best);`,
      ],
    ],
  },
  {
    name: "grow",
    slot: "repair",
    change: "after shrinking, every circle grows until it touches something",
    why: "shrinking both of a pair loses more than the overlap",
    from: "coordinate ascent on the radii",
    steps: [
      [
        "for (let i = 0; i < n; i++) r[i] = Math.max(1e-9, r[i] - over[i] - 1e-12);",
        `for (let i = 0; i < n; i++) r[i] = Math.max(1e-9, r[i] - over[i] - 1e-12);
  for (let i = 0; i < n; i++) {
    let room = Math.min(x[i], 1 - x[i], y[i], 1 - y[i]);
    for (let j = 0; j < n; j++) if (j !== i) room = Math.min(room, Math.hypot(x[i] - x[j], y[i] - y[j]) - r[j]);
    r[i] = Math.max(1e-9, room - 1e-12);
  }`,
      ],
    ],
  },
  {
    name: "grid-start",
    slot: "start",
    change: "circles start near a grid instead of anywhere",
    why: "a good packing is nearly regular",
    from: "the usual start of packing codes",
    steps: [
      [
        "x[i] = random(); y[i] = random();",
        `const side = Math.ceil(Math.sqrt(n));
    x[i] = ((i % side) + 0.2 + 0.6 * random()) / side;
    y[i] = (Math.floor(i / side) + 0.2 + 0.6 * random()) / side;`,
      ],
    ],
  },
  {
    name: "slow-end",
    slot: "schedule",
    change: "the cost of overlap rises by the square of the time instead of evenly in its logarithm",
    why: "more time where circles can still pass each other",
    from: "annealing schedules",
    steps: [["** (step / STEPS)", "** ((step / STEPS) ** 2)"]],
  },
  {
    name: "drifting-inertia",
    slot: "inertia",
    change: "inertia fades towards the end",
    why: "momentum carries circles over barriers early and only shakes them late",
    from: "momentum schedules of optimizers",
    steps: [
      [
        "const rate = RATE / cost;",
        `const rate = RATE / cost;
    const inertia = INERTIA * (1 - 0.5 * (step / STEPS) ** 4);`,
      ],
      ["vx[i] = INERTIA * vx[i]", "vx[i] = inertia * vx[i]"],
      ["vy[i] = INERTIA * vy[i]", "vy[i] = inertia * vy[i]"],
      ["vr[i] = INERTIA * vr[i]", "vr[i] = inertia * vr[i]"],
    ],
  },
];
