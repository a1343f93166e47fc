// Type-checks every edit, and many pairs of edits, against the real declarations of nn, as the page does.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { typings } from "../../../../scripts/vite-typings.ts";
import { typeCheck } from "../../../research/check/type-check.ts";
import { seeded } from "../random.ts";
import { catalogue } from "./catalogue.ts";
import { drawStack } from "./testing/catalogue.ts";

const root = resolve(import.meta.dirname, "../../../..");
const seed = readFileSync(resolve(root, "src/seed/train.ts"), "utf8");

describe("the catalogue", () => {
  it("gives a train.ts that type-checks, edit by edit and on top of each other", () => {
    const check = typeCheck(typings(root));
    const problems: string[] = [];
    const look = (name: string, source: string) => {
      const [first] = check(source);
      if (first) problems.push(`${name}: ${first.line}: ${first.message}`);
    };
    look("the seed", seed);
    let all = seed;
    for (const edit of catalogue) {
      const alone = edit.apply(seed);
      if (alone !== null) look(edit.name, alone);
      const stacked = edit.apply(all);
      if (stacked === null) continue;
      all = stacked;
      look(`… + ${edit.name}`, all);
    }
    const random = seeded("stacks of edits that type-check");
    for (let i = 0; i < 40; i++) look(...drawStack(seed, 2 + (i % 4), random));
    expect(problems).toEqual([]);
  }, 120_000);
});
