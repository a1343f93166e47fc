// A short round trip through all cities: from each city to the nearest that is left, then pieces of the tour are turned round
// while that makes it shorter (2-opt).

const PASSES = 2; // passes over all pairs (1..50 log)

export function solve(
  { cities }: { cities: readonly (readonly [number, number])[] },
  random: () => number,
  left: () => number,
): number[] {
  const n = cities.length;
  const between = (a: number, b: number) =>
    Math.hypot(cities[a][0] - cities[b][0], cities[a][1] - cities[b][1]);
  const tour = nearest(n, Math.floor(random() * n), between);
  twoOpt(tour, between, left);
  return tour;
}

type Distance = (a: number, b: number) => number;

function nearest(n: number, start: number, between: Distance): number[] {
  const tour = [start];
  const open = Array.from({ length: n }, (_, i) => i).filter((i) => i !== start);
  while (open.length > 0) {
    const here = tour[tour.length - 1];
    let best = 0;
    for (let k = 1; k < open.length; k++) if (between(here, open[k]) < between(here, open[best])) best = k;
    tour.push(open[best]);
    open.splice(best, 1);
  }
  return tour;
}

/** Turns pieces of the tour round while that shortens it; keeps some ticks back for what follows. */
function twoOpt(tour: number[], between: Distance, left: () => number): void {
  const n = tour.length;
  for (let pass = 0; pass < PASSES; pass++) {
    let better = false;
    for (let i = 0; i < n - 1; i++) {
      if (left() < 20 * n) return;
      for (let j = i + 2; j < n; j++) {
        const [a, b, c, d] = [tour[i], tour[i + 1], tour[j], tour[(j + 1) % n]];
        if (a === d || between(a, c) + between(b, d) >= between(a, b) + between(c, d) - 1e-12) continue;
        turn(tour, i + 1, j);
        better = true;
      }
    }
    if (!better) return;
  }
}

function turn(tour: number[], from: number, to: number): void {
  for (let i = from, j = to; i < j; i++, j--) {
    const city = tour[i];
    tour[i] = tour[j];
    tour[j] = city;
  }
}
