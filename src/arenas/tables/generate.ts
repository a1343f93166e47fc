// A table from a seed: customers who leave or stay. What makes them leave is known here: two columns together, a category,
// a threshold, a value that is missing for a reason, and noise; some columns say nothing.
import { uniform } from "../../random.ts";

export const ROWS = 3000;

const PLANS = ["basic", "plus", "family", "student", "business", "trial"] as const;
/** How each plan moves the log odds: not in the order of how frequent they are. */
const PLAN_EFFECT = [0, -0.9, 0.7, -0.4, -1.2, 1.1];
const PLAN_SHARE = [0.35, 0.25, 0.15, 0.12, 0.08, 0.05];

/** CSV with a header; the target is `left`. The same text for the same seed. */
export function generatedTable(seed: number, rows = ROWS): string {
  const random = uniform("generated table", seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const header = "joined,plan,months,calls,price,usage,age,region,left";
  const lines = Array.from({ length: rows }, (_, i) => {
    const plan = pick(PLAN_SHARE, random());
    const months = Math.floor(1 + 60 * random() ** 2);
    const calls = Math.floor(8 * random() ** 2);
    const price = 20 + 5 * normal();
    const usage = 50 + 20 * normal();
    const silent = random() < 0.15;
    const age = Math.floor(18 + 60 * random());
    const region = "NSWE"[Math.floor(4 * random())];
    const odds =
      -1.1 +
      PLAN_EFFECT[plan] +
      1.5 * Math.tanh(((price - 20) * (50 - usage)) / 60) + // dear and little used, or cheap and much used
      (months < 6 ? 1 : months > 36 ? -0.8 : 0) +
      0.25 * calls +
      (silent ? 0.8 : 0) +
      0.3 * normal();
    const leaves = random() < 1 / (1 + Math.exp(-odds));
    const day = new Date(Date.UTC(2021, 0, 1) + (i * 1000 * 86_400_000) / rows).toISOString().slice(0, 10);
    const shown = silent ? "" : usage.toFixed(1);
    return [
      day,
      PLANS[plan],
      months,
      calls,
      price.toFixed(2),
      shown,
      age,
      region,
      leaves ? "yes" : "no",
    ].join(",");
  });
  return `${[header, ...lines].join("\n")}\n`;
}

/** The first position whose shares up to it pass the draw. */
function pick(shares: readonly number[], draw: number): number {
  let sum = 0;
  for (let i = 0; i < shares.length; i++) if (draw < (sum += shares[i])) return i;
  return shares.length - 1;
}
