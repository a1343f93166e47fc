// Runs several engines on one problem, in turn, in one page, and prints the table.

import { bundlePeers, readPrototype } from "../shared/bundles.ts";
import { openBenchPage } from "../shared/chromium.ts";
import type { Name } from "./contestants.ts";
import { median } from "../shared/median.ts";
import type { StepConfig } from "./step-configs.ts";
import type { TurnOptions, TurnResult } from "./turns-page.ts";

/** Relative difference of the first losses from which the contestants compute different things. */
const TOLERANCE = 1e-3;

export interface Turns {
  readonly configs: Readonly<Record<string, StepConfig>>;
  readonly rounds: number;
  readonly peers: readonly Name[];
  /** The prototype's folder, or null. */
  readonly prototype: string | null;
  readonly lavapipe: boolean;
  readonly json: boolean;
}

export async function runTurns({ configs, rounds, peers, prototype, lavapipe, json }: Turns): Promise<void> {
  const scripts = new Map([
    ...(peers.length > 0 ? await bundlePeers() : []),
    ...(prototype === null ? [] : readPrototype(prototype)),
  ]);
  // The prototype clips gradients and has its own epsilon; peers are compared without clipping.
  const groups: { names: Name[]; clip: boolean; epsilon: number }[] = [];
  if (prototype !== null) groups.push({ names: ["ours", "prototype"], clip: true, epsilon: 1e-5 });
  if (peers.length > 0) groups.push({ names: ["ours", ...peers], clip: false, epsilon: 1e-6 });
  for (const group of groups)
    for (const [label, config] of Object.entries(configs)) {
      const page = await openBenchPage({ lavapipe, scripts });
      try {
        const options: TurnOptions = { config, rounds, ...group };
        const results = (await page.call("/bench/step/turns-page.ts", "takeTurns", options)) as TurnResult[];
        if (json) console.log(JSON.stringify({ label, ...group, results }));
        else console.log(table(label, config.B * config.T, results));
      } finally {
        await page.close();
      }
    }
}

function table(label: string, tokens: number, results: readonly TurnResult[]): string {
  const [ours] = results;
  const head = [
    "",
    "tok/s",
    "ms",
    "best",
    "CPU s",
    "ratio ms",
    "ratio CPU",
    "steps",
    "disp.",
    "submits",
    "groups",
  ];
  const rows = results.map((result) => {
    const [all, cpus] = [taken(result.ms), taken(result.cpuMs)];
    const [ms, cpu] = [median(all), median(cpus)];
    // The ratio is taken for each round, so that a passing load affects both of its sides.
    const ratio = (pick: (r: TurnResult) => readonly (number | null)[]) =>
      median(
        pick(result).flatMap((value, i) => {
          const base = ours && pick(ours)[i];
          return value === null || !base ? [] : [value / base];
        }),
      ).toFixed(2);
    return [
      result.name,
      ((tokens / ms) * 1e3).toFixed(0),
      ms.toFixed(0),
      Math.min(...all).toFixed(0),
      (cpu / 1e3).toFixed(3),
      ratio((r) => r.ms),
      ratio((r) => r.cpuMs),
      String(all.length),
      String(result.dispatches),
      String(result.submits),
      String(result.bindGroups),
    ];
  });
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(11) : cell.padStart(10))).join("");
  const check = results.map(({ name, firstLosses }) => {
    const furthest = Math.max(
      ...firstLosses.map((loss, i) => Math.abs(loss - (ours?.firstLosses[i] ?? NaN)) / loss),
    );
    const verdict = furthest <= TOLERANCE ? "same" : `DIFFERENT (by ${furthest.toExponential(1)})`;
    return `  ${name.padEnd(9)} ${firstLosses.map((loss) => loss.toFixed(5)).join(" ")}  ${verdict}`;
  });
  return [`${label}`, line(head), ...rows.map(line), "first losses:", ...check, ""].join("\n");
}

function taken(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}
