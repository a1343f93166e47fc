// The arguments of `npm run verify`.
import { engineFlag } from "../engine/flag.ts";
import { checkTexts } from "../text-files.ts";
import { existsSync, statSync } from "node:fs";
import { parseArgs } from "node:util";

export interface VerifyOptions {
  readonly bundle: string;
  /** Abbreviated commit or experiment number; null: the incumbent. */
  readonly commit: string | null;
  /** Files to be joined in order; empty: the embedded text. */
  readonly texts: readonly string[];
  /** null: one run, or three if the study has not measured its noise. */
  readonly runs: number | null;
  readonly adapter: "auto" | "software" | "hardware";
  /** Where the engine is, as the page stores it; empty: the browser. */
  readonly engine: string;
  readonly timeout: number; // seconds
}

export const USAGE = `npm run verify -- study.bundle [commit] [flags]

Compares every commit's trailers with its record and its row of results.tsv. Where they agree, runs a commit of the
study again, with its own seed and arena, and says whether its score holds within the noise.
commit is an abbreviated id or an experiment's number; without one it is the incumbent.

  --text FILE     the text of a study that was made on a text of its own; repeated for each of its files, in order
  --runs N        runs, each with a seed of its own    (1; 3 where the study did not measure its noise)
  --adapter A     auto, software or hardware           (auto)
  --engine E      browser, or the address of an engine elsewhere: ws://127.0.0.1:4602 of npm run engine; its token
                  comes from ENGINE_TOKEN              (browser)
  --timeout S     give up after so many seconds        (3600)
  --help

Prints one JSON line per event; the last one has type "verify". Exits with 0 when the claim holds, 1 when it does not
or the study contradicts itself, 2 when it could not be verified.`;

/** Parses the arguments; throws a one-line Error for a wrong one. */
export function parseVerifyOptions(args: readonly string[]): VerifyOptions | "help" {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      text: { ...text, multiple: true },
      runs: text,
      adapter: text,
      engine: text,
      timeout: text,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const [bundle, commit = null, ...rest] = positionals;
  if (bundle === undefined) throw new Error("which bundle? npm run verify -- study.bundle [commit]");
  if (rest.length > 0) throw new Error(`one commit at a time, got also ${rest.join(" ")}`);
  const file = (what: string, path: string) => {
    if (!(existsSync(path) && statSync(path).isFile())) throw new Error(`${what}: no such file: ${path}`);
    return path;
  };
  const number = (name: "runs" | "timeout", low: number, high: number) => {
    const given = values[name];
    if (given === undefined) return null;
    const value = Number(given);
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new Error(`--${name}: got ${given}, expected a whole number from ${low} to ${high}`);
    }
    return value;
  };
  const adapter = values.adapter ?? "auto";
  if (adapter !== "auto" && adapter !== "software" && adapter !== "hardware") {
    throw new Error(`--adapter: got ${adapter}, expected auto, software or hardware`);
  }
  return {
    bundle: file("bundle", bundle),
    commit,
    texts: checkTexts(values.text ?? []),
    runs: number("runs", 1, 20),
    adapter,
    engine: engineFlag(values.engine, process.env),
    timeout: number("timeout", 1, 10_000_000) ?? 3600,
  };
}
