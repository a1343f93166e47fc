// The figures of docs/statistics.md: `npx tsx bench/study/statistics.ts`. Deterministic.
import { RECORDED, RECORDED_BYTES } from "../../src/research/verdict/testing/recorded.ts";
import { resample } from "../../src/research/verdict/testing/resample.ts";
import { simulate, TYPICAL, type World } from "../../src/research/verdict/testing/simulate.ts";

const TRIALS = 2000;
const percent = (n: number) => `${((n / TRIALS) * 100).toFixed(1)} %`;

for (const sigmas of [0, 1, 2, 4]) {
  const gain = sigmas * TYPICAL.seedDeviation;
  const ours = simulate(TYPICAL, gain, TRIALS, "ours", 5);
  const karpathy = simulate(TYPICAL, gain, TRIALS, "karpathy", 5);
  const label = sigmas === 0 ? "0 (A/A)" : `${sigmas} σ`;
  console.log(
    `| ${label} | ${percent(ours.kept)} | ${(ours.runs / TRIALS).toFixed(2)} | ${percent(karpathy.kept)} |`,
  );
}
const worlds: readonly (readonly [string, World])[] = [
  ["two replicates", { ...TYPICAL, replicates: 2 }],
  ["five replicates", { ...TYPICAL, replicates: 5 }],
  ["seeds a quarter as loud", { ...TYPICAL, seedDeviation: TYPICAL.seedDeviation / 4 }],
  ["seeds five times as loud", { ...TYPICAL, seedDeviation: TYPICAL.seedDeviation * 5 }],
  ["loud chunks", { ...TYPICAL, interaction: 0.05, seedDeviation: 0.001 }],
  ["an incumbent kept after one run", { ...TYPICAL, selectedFrom: 1 }],
  ["an incumbent that was the luckiest of ten", { ...TYPICAL, selectedFrom: 10 }],
];
console.log(
  worlds.map(([name, world]) => `${name} ${percent(simulate(world, 0, TRIALS, "ours", 7).kept)}`).join(", "),
);
// The share of keeps that the control text contradicts, by the part of a gain that it shows too.
for (const [name, share, sigmas] of [
  ...[0, 1, 2, 4, 16].map((gain) => ["the whole gain", 1, gain] as const),
  ...[2, 4, 16].map((gain) => ["three quarters", 0.75, gain] as const),
  ...[2, 4, 16].map((gain) => ["half", 0.5, gain] as const),
  ...[2, 4, 16, 64].map((gain) => ["a quarter", 0.25, gain] as const),
  ...[2, 4, 16, 64].map((gain) => ["nothing", 0, gain] as const),
]) {
  const rows = [40, 200].map((chunks) => {
    const world = { ...TYPICAL, control: { chunks, share } };
    const { kept, contradicted } = simulate(world, sigmas * TYPICAL.seedDeviation, TRIALS, "ours", 5);
    return `${percent(kept)} kept, of those ${((100 * contradicted) / Math.max(1, kept)).toFixed(2)} % contradicted`;
  });
  console.log(`| ${name} | ${sigmas} σ | ${rows.join(" | ")} |`);
}
const less = [-2, -1, 0, 1, 2].map((sigmas) => {
  const outcome = simulate(TYPICAL, sigmas * TYPICAL.seedDeviation, TRIALS, "ours", 9, undefined, true);
  return `${sigmas} σ ${percent(outcome.kept)}`;
});
console.log(`less code, by true gain: ${less.join(", ")}`);
const recorded = RECORDED.map((chunks) => ({ chunks, bytes: RECORDED_BYTES }));
const dealt = (rule: "ours" | "karpathy") => percent(resample(recorded, TRIALS, rule, 3).kept);
console.log(`recorded runs of one train.ts, A/A: ours ${dealt("ours")}, karpathy ${dealt("karpathy")}`);
