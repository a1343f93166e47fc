// The edits of a tour that the built-in researcher may try, besides changes of its numbers.
import type { ArenaEdit } from "../contract/arena.ts";

export const edits: readonly ArenaEdit[] = [
  {
    name: "or-opt",
    slot: "moves",
    change: "short pieces of the tour also move elsewhere",
    why: "2-opt cannot move a city to another place without reversing the cities between",
    from: "Or-opt (Or 1976)",
    steps: [
      [
        "const PASSES = 2; // passes over all pairs (1..50 log)",
        "const PASSES = 2; // passes over all pairs (1..50 log)\nconst PIECE = 3; // cities of the longest piece that moves (1..6)",
      ],
      [
        "twoOpt(tour, between, left);\n  return tour;",
        "twoOpt(tour, between, left);\n  orOpt(tour, between, left);\n  return tour;",
      ],
      [
        "function turn(",
        `/** Moves short pieces of the tour to where they lengthen it least. */
function orOpt(tour: number[], between: Distance, left: () => number): void {
  const n = tour.length;
  for (let better = true; better; ) {
    better = false;
    for (let size = 1; size <= PIECE; size++)
      for (let i = 0; i + size < n; i++) {
        if (left() < 20 * n) return;
        const piece = tour.slice(i, i + size);
        const [before, after] = [tour[(i + n - 1) % n], tour[i + size]];
        const [head, tail] = [piece[0], piece[size - 1]];
        const saved = between(before, head) + between(tail, after) - between(before, after);
        if (saved < 1e-9) continue;
        const rest = [...tour.slice(0, i), ...tour.slice(i + size)];
        let best = saved - 1e-9;
        let at = -1;
        let turned = false;
        for (let k = 0; k < rest.length; k++) {
          const [p, q] = [rest[k], rest[(k + 1) % rest.length]];
          const gap = between(p, q);
          const [straight, reverse] = [
            between(p, head) + between(tail, q) - gap,
            between(p, tail) + between(head, q) - gap,
          ];
          if (Math.min(straight, reverse) < best) {
            best = Math.min(straight, reverse);
            at = k;
            turned = reverse < straight;
          }
        }
        if (at < 0) continue;
        if (turned) piece.reverse();
        rest.splice(at + 1, 0, ...piece);
        for (let k = 0; k < n; k++) tour[k] = rest[k];
        better = true;
      }
  }
}

function turn(`,
      ],
    ],
  },
  {
    name: "kicks",
    slot: "search",
    change: "the tour is broken up at random and mended again while ticks are left",
    why: "a local optimum is left by a step that 2-opt cannot undo at once",
    from: "iterated local search with the double bridge (Martin, Otto and Felten 1991)",
    steps: [
      [
        "return tour;\n}\n\ntype Distance",
        `const length = () => tour.reduce((sum, city, i) => sum + between(city, tour[(i + 1) % n]), 0);
  let best = [...tour];
  let shortest = length();
  while (left() > 400 * n) {
    const cuts = Array.from({ length: 3 }, () => 1 + Math.floor(random() * (n - 1))).sort((a, b) => a - b);
    const pieces = [best.slice(0, cuts[0]), best.slice(cuts[1], cuts[2]), best.slice(cuts[0], cuts[1]), best.slice(cuts[2])];
    pieces.flat().forEach((city, i) => (tour[i] = city));
    twoOpt(tour, between, left);
    if (length() < shortest) {
      best = [...tour];
      shortest = length();
    }
  }
  return best;
}

type Distance`,
      ],
    ],
  },
  {
    name: "near-kicks",
    slot: "kick",
    change: "the cuts of a kick lie close together",
    why: "a small piece that is broken up is mended soon, and the rest stays as it is",
    from: "segment insertion and local double bridges (Johnson and McGeoch 1997)",
    steps: [
      [
        "const cuts = Array.from({ length: 3 }, () => 1 + Math.floor(random() * (n - 1))).sort((a, b) => a - b);",
        `const first = 1 + Math.floor(random() * (n - 1));
    const cuts = [first, ...Array.from({ length: 2 }, () => Math.min(n - 1, first + Math.floor(random() * SPAN)))].sort((a, b) => a - b);`,
      ],
      [
        "const PASSES = 2;",
        "const SPAN = 30; // cities between the cuts of a kick (4..100 log)\nconst PASSES = 2;",
      ],
    ],
  },
  {
    name: "table",
    slot: "distances",
    change: "distances are computed once and looked up",
    why: "a look-up costs fewer ticks than a call that computes",
    from: "every tour code for small instances",
    steps: [
      [
        "const between = (a: number, b: number) => Math.hypot(cities[a][0] - cities[b][0], cities[a][1] - cities[b][1]);",
        `const table = Array.from({ length: n }, (_, a) =>
    Float64Array.from(cities, (city) => Math.hypot(cities[a][0] - city[0], cities[a][1] - city[1])),
  );
  const between = (a: number, b: number) => table[a][b];`,
      ],
    ],
  },
];
