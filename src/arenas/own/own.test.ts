// An arena of the user's own: what it needs, and how each fault of its files ends in one line.
import { describe, expect, it } from "vitest";
import { compileCandidate, meanScore, scoreSplit } from "../run/score-candidate.ts";
import { probe } from "../run/probe.ts";
import { EVALUATE, INSTANCES, OWN_FILES } from "../testing/own-arena.ts";
import { testRealms } from "../testing/realms.ts";
import { ownArena } from "./own-arena.ts";

const never = new AbortController().signal;
const files = (parts: Record<string, string> = {}, manifest: object = {}): Record<string, string> => ({
  ...OWN_FILES,
  "arena.json": JSON.stringify({ ...(JSON.parse(OWN_FILES["arena.json"]) as object), ...manifest }),
  ...parts,
});
const open = (parts?: Record<string, string>, manifest?: object) =>
  ownArena(files(parts, manifest), testRealms);
const reason = (parts?: Record<string, string>, manifest?: object): Promise<string> =>
  open(parts, manifest).then(
    () => "",
    (error: unknown) => (error as Error).message,
  );
const judged = (body: string) => ({
  "evaluate.ts": `${INSTANCES}export function evaluate({ hidden, output }: any) { ${body} }\n`,
});

describe("an arena of one's own", () => {
  it("scores candidates in realms of their own, and is frozen by hash", async () => {
    const arena = await open();
    const score = async (source: string, seed = 1) => {
      const asked = { instances: seed, seed };
      const code = compileCandidate(arena, source);
      const validation = await scoreSplit(arena, testRealms, code, { ...asked, split: "validation" }, never);
      await probe(arena, testRealms, code, { ...asked, validation }, never);
      return validation;
    };
    const exact = await score("export const solve = (n: number) => Math.sqrt(n);");
    expect(meanScore(exact)).toBe(0);
    expect(exact.evaluations[0].words).toMatch(/^of \d+$/);
    expect(meanScore(await score(arena.first))).toBeGreaterThan(0);
    expect(meanScore(await score(arena.first, 2))).not.toBe(meanScore(await score(arena.first, 1)));
    await expect(score(arena.known.garbage)).rejects.toThrow("validation 1: the answer is no number");
    for (const { source } of arena.known.cheats) await expect(score(source)).rejects.toThrow();
    expect(Object.keys(arena.fixed ?? {})).toEqual(
      ["arena.json", "evaluate.ts", "solution.ts", "program.md", "worse.ts"].map(
        (name) => `sha256 of ${name}`,
      ),
    );
    expect((await open({ "evaluate.ts": `${INSTANCES}${EVALUATE}\n` })).fixed).not.toEqual(arena.fixed);
  });

  it("shows the candidate nothing of what is hidden", async () => {
    const arena = await open();
    const [instance] = await arena.instances("validation", 1);
    expect(arena.taskOf(instance)).toEqual({ given: (instance as { given: number }).given });
  });

  it.each([
    ["throws", judged("throw new TypeError('no');"), "arena roots: practice 1: evaluate.ts:8: TypeError: no"],
    [
      "hangs",
      judged("for (;;) {}"),
      "practice 1: evaluate.ts:8: used more than 100,000,000 ticks (an endless loop?)",
    ],
    [
      "returns NaN",
      judged("return { score: NaN };"),
      "practice 1: evaluate.ts returned, got a score of null, expected a finite number (NaN is none)",
    ],
    ["returns no score", judged("return {};"), "evaluate.ts returned, got a score of undefined"],
    ["returns a number", judged("return 1;"), "evaluate.ts returned, got 1, expected an object with a score"],
    [
      "leaves a metric out",
      judged("return { score: 1 };"),
      "evaluate.ts returned, got no relative, expected every metric",
    ],
    [
      "depends on the time",
      judged("return { score: Date.now() };"),
      "practice 1: evaluate.ts:8: ReferenceError: Date is not defined",
    ],
    [
      "draws by itself",
      judged("return { score: Math.random() };"),
      "evaluate.ts:8: Math.random is not there",
    ],
    [
      "makes other instances than it says",
      { "evaluate.ts": `export const instances = () => [{ given: 1 }, { given: 2 }];\n${EVALUATE}` },
      "evaluate.ts: instances of practice, got 2, expected 1, as arena.json says",
    ],
    [
      "makes no instances",
      { "evaluate.ts": EVALUATE },
      "evaluate.ts:1: there is no exported function instances",
    ],
    [
      "gives nothing",
      {
        "evaluate.ts": `export const instances = ({ count }: { count: number }) => new Array(count).fill(1);\n${EVALUATE}`,
      },
      "instance practice 1, got 1, expected an object with the field given",
    ],
    ["does not compile", { "evaluate.ts": "export function evaluate( {" }, "evaluate.ts"],
    [
      "imports a file",
      { "evaluate.ts": `import fs from "node:fs";\nexport const all = fs;\n${INSTANCES}${EVALUATE}` },
      'evaluate.ts:1: cannot import "node:fs"',
    ],
  ])("whose evaluator %s is refused in one line", async (_name, parts, line) => {
    const said = await reason(parts);
    expect(said).toContain(line);
    expect(said).not.toContain("\n");
    expect(said.length).toBeLessThan(400);
  });

  it.each([
    ["an unknown field", { colour: 1 }, "manifest: colour, got 1, expected only id"],
    [
      "another budget",
      { budget: { kind: "dollars", amount: 5, seconds: 60 } },
      "manifest: budget.kind, got dollars, expected ticks",
    ],
    ["a risk", { risk: "money" }, "manifest: risk, got money, expected none: no person approves these runs"],
    ["a need", { needs: ["network"] }, "manifest: needs, got network, expected none"],
    ["a probe of another arena", { probes: ["permuted-labels"] }, "manifest: probes, got permuted-labels"],
  ])("whose manifest has %s is refused in one line", async (_name, manifest, line) => {
    expect(await reason({}, manifest)).toContain(line);
  });

  it.each([
    ["no JSON", { "arena.json": "{" }, "arena.json, got "],
    [
      "a candidate of 10 MB",
      { "solution.ts": `// ${"x".repeat(10_000_000)}` },
      "solution.ts: too long, got 10000003 bytes, expected at most 2000",
    ],
    [
      "a candidate that fails",
      { "solution.ts": "export const solve = 1;" },
      "solution.ts:1: there is no exported function solve",
    ],
  ])("with %s is refused in one line", async (_name, parts, line) => {
    const said = await reason(parts);
    expect(said).toContain(line);
    expect(said).not.toContain("\n");
  });

  it("without its files names the one that is missing", async () => {
    const { "evaluate.ts": _, ...rest } = files();
    await expect(ownArena(rest, testRealms)).rejects.toThrow(
      "the folder has no evaluate.ts, got arena.json, solution.ts",
    );
  });
});
