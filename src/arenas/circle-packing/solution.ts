// Packs n circles into the unit square so that their radii add up to as much as possible: pushes overlapping circles apart
// while all of them grow, then shrinks what still overlaps.

const STEPS = 300; // steps of the relaxation (100..3000 log)
const START = 10; // what overlap costs at the start (1..100 log)
const END = 1000; // and at the end (300..100000 log)
const RATE = 0.15; // step length (0.02..1 log)
const INERTIA = 0.9; // share of the last step that goes on (0..0.98)
const SEED_SIZE = 0.3; // radius at the start, over the square root of n (0.05..0.5)

type Packing = { x: Float64Array; y: Float64Array; r: Float64Array };

export function solve({ n }: { n: number }, random: () => number): number[][] {
  const packing = relax(n, random);
  repair(packing);
  return circles(packing);
}

function relax(n: number, random: () => number): Packing {
  const make = () => new Float64Array(n);
  const [x, y, r, gx, gy, gr, vx, vy, vr] = [
    make(),
    make(),
    make(),
    make(),
    make(),
    make(),
    make(),
    make(),
    make(),
  ];
  for (let i = 0; i < n; i++) {
    x[i] = random();
    y[i] = random();
    r[i] = SEED_SIZE / Math.sqrt(n);
  }
  for (let step = 0; step < STEPS; step++) {
    const cost = START * (END / START) ** (step / STEPS);
    gx.fill(0);
    gy.fill(0);
    gr.fill(-1);
    for (let i = 0; i < n; i++) {
      const [west, east] = [Math.max(0, r[i] - x[i]), Math.max(0, r[i] + x[i] - 1)];
      const [south, north] = [Math.max(0, r[i] - y[i]), Math.max(0, r[i] + y[i] - 1)];
      gx[i] += cost * (east - west);
      gy[i] += cost * (north - south);
      gr[i] += cost * (west + east + south + north);
      for (let j = 0; j < i; j++) {
        const dx = x[i] - x[j];
        const dy = y[i] - y[j];
        const reach = r[i] + r[j];
        if (dx * dx + dy * dy >= reach * reach) continue;
        const distance = Math.sqrt(dx * dx + dy * dy) + 1e-12;
        const force = cost * (reach - distance);
        gx[i] -= (force * dx) / distance;
        gx[j] += (force * dx) / distance;
        gy[i] -= (force * dy) / distance;
        gy[j] += (force * dy) / distance;
        gr[i] += force;
        gr[j] += force;
      }
    }
    const rate = RATE / cost;
    for (let i = 0; i < n; i++) {
      vx[i] = INERTIA * vx[i] - rate * gx[i];
      vy[i] = INERTIA * vy[i] - rate * gy[i];
      vr[i] = INERTIA * vr[i] - rate * gr[i];
      x[i] += vx[i];
      y[i] += vy[i];
      r[i] = Math.max(0, r[i] + vr[i]);
    }
  }
  return { x, y, r };
}

/** Shrinks circles until none overlaps or sticks out, by a hair more than rounding needs. */
function repair({ x, y, r }: Packing): void {
  const n = x.length;
  const inside = (value: number) => Math.min(1 - 1e-6, Math.max(1e-6, value));
  const over = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    x[i] = inside(x[i]);
    y[i] = inside(y[i]);
    r[i] = Math.min(r[i], x[i], 1 - x[i], y[i], 1 - y[i]);
  }
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const half = (r[i] + r[j] - Math.hypot(x[i] - x[j], y[i] - y[j])) / 2;
      over[i] = Math.max(over[i], half);
      over[j] = Math.max(over[j], half);
    }
  for (let i = 0; i < n; i++) r[i] = Math.max(1e-9, r[i] - over[i] - 1e-12);
}

const circles = ({ x, y, r }: Packing) => Array.from(x, (_, i) => [x[i], y[i], r[i]]);
