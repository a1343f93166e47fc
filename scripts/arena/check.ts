// The readiness check on the command line: runs candidates with known results and prints the findings in plain words.
// Exits with 0 when the arena is ready, 1 when a finding says that it is not, 2 when a flag is wrong.
import { parseArgs } from "node:util";
import { firstLine } from "../ending.ts";
import { loadArenas } from "./load.ts";
import { FILE_FLAGS, openArena } from "./open-arena.ts";
import { flags, given } from "./options.ts";

const USAGE = `npm run arena-check -- NAME [--runs N] [--instances N] [--json]

  NAME           bin-packing, circle-packing, travelling-salesman or tables, or the folder of an arena of your own
  --file F       a CSV or Parquet file for tables, with --target COLUMN and the other flags of the study
  --runs N       runs of the first candidate that measure its noise, 9 to 200   (18)
  --instances N  seed of the instances                                         (1)
  --json         one JSON line instead of words`;

export async function main(args: readonly string[]): Promise<number> {
  const text = { type: "string" } as const;
  let options;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        runs: text,
        instances: text,
        file: text,
        ...flags(FILE_FLAGS),
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help === true) {
      console.log(USAGE);
      return 0;
    }
    const [name, ...more] = positionals;
    if (name === undefined || more.length > 0)
      throw new Error(`expected the name of one arena, got ${positionals.length}`);
    const whole = (flag: "runs" | "instances", low: number, high: number, unsaid: number) => {
      const value = Number(values[flag] ?? unsaid);
      if (!Number.isInteger(value) || value < low || value > high)
        throw new Error(
          `--${flag}: got ${values[flag] ?? ""}, expected a whole number from ${low} to ${high}`,
        );
      return value;
    };
    options = {
      spec: { name, file: values.file ?? null, options: given(values) },
      name,
      json: values.json === true,
      runs: whole("runs", 9, 200, 18),
      instances: whole("instances", 0, 2 ** 32 - 1, 1),
    };
  } catch (error) {
    console.error(`overnight: ${firstLine(error)}`);
    return 2;
  }
  try {
    const { lab, openRealm } = await loadArenas();
    const arena = await openArena(lab, openRealm, options.spec);
    const found = await lab.checkReadiness(arena, {
      openRealm,
      instances: options.instances,
      runs: options.runs,
      judge: lab.judgeOf(lab.settingsFor(arena, lab.completeSettings({ rule: "paired" }))),
      signal: new AbortController().signal,
      now: () => performance.now(),
    });
    const findings = lab.readinessWords(found);
    const ready = findings.every(({ ok }) => ok);
    if (options.json) console.log(JSON.stringify({ ...found, ready }));
    else {
      for (const { ok, line } of findings) console.log(`${ok ? "ok " : "NO "} ${line}`);
      console.log(
        ready ? `${options.name} is ready.` : `${options.name} is not ready: see the lines with NO.`,
      );
    }
    return ready ? 0 : 1;
  } catch (error) {
    console.error(`overnight: ${firstLine(error)}`);
    return 1;
  }
}
