// The flags of a study of an arena.
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { type ArenaSpec, FILE_FLAGS } from "./open-arena.ts";

const text = { type: "string" } as const;

export interface ArenaOptions {
  readonly arena: ArenaSpec;
  readonly experiments: number;
  readonly seed: number;
  /** Seed of the instances. */
  readonly instances: number;
  readonly researcher: "builtin" | "random";
  readonly rule: "paired" | "karpathy";
  readonly out: string;
  /** Go on with the study of `out`. */
  readonly resume: boolean;
}

export const flags = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, text])) as Record<Name, typeof text>;

/** The options of a file's arena that were given. */
export const given = (
  values: Readonly<Record<string, string | boolean | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    FILE_FLAGS.flatMap((name) => (typeof values[name] === "string" ? [[name, values[name]]] : [])),
  );

/** Reads the flags; throws an Error with one line when one is wrong. */
export function parseArenaOptions(args: readonly string[]): ArenaOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      arena: text,
      file: text,
      ...flags(FILE_FLAGS),
      experiments: text,
      seed: text,
      instances: text,
      researcher: text,
      rule: text,
      out: text,
      resume: { type: "boolean" },
    },
  });
  const kept = (["seed", "instances", "rule"] as const).find((name) => values[name] !== undefined);
  if (values.resume === true && kept !== undefined)
    throw new Error(`--${kept}: a study that goes on keeps its own`);
  const whole = (name: "experiments" | "seed" | "instances", low: number, high: number, unsaid: number) => {
    const given = values[name];
    const value = given === undefined ? unsaid : /^\d+$/.test(given) ? Number(given) : NaN;
    if (!(value >= low && value <= high))
      throw new Error(`--${name}: got ${given ?? ""}, expected a whole number from ${low} to ${high}`);
    return value;
  };
  const one = <Name extends string>(name: "researcher" | "rule", names: readonly Name[], hint = ""): Name => {
    const given = values[name] ?? names[0];
    const found = names.find((known) => known === given);
    if (found === undefined)
      throw new Error(`--${name}: got ${given}, expected ${names.join(" or ")}${hint}`);
    return found;
  };
  return {
    arena: { name: values.arena ?? "", file: values.file ?? null, options: given(values) },
    experiments: whole("experiments", 1, 100_000, 40),
    seed: whole("seed", 0, 2 ** 32 - 1, 1),
    // A random default: a candidate cannot contain the answers to instances that did not exist when it was written.
    instances: whole("instances", 0, 2 ** 32 - 1, Math.floor(Math.random() * 2 ** 32)),
    // A thread of Node cannot contain untrusted code: a language model's code belongs in the browser's sandbox.
    researcher: one(
      "researcher",
      ["builtin", "random"],
      " (an arena's candidates run in Node, which is no sandbox)",
    ),
    rule: one("rule", ["paired", "karpathy"]),
    // The study is in memory while it runs: only the bundle remains.
    out: values.out ?? `${basename(values.arena ?? "")}.bundle`,
    resume: values.resume === true,
  };
}
