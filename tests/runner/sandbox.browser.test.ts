// The whole runner in a real browser: sandbox frame, data: worker, engine worker, on the software adapter. One honest
// train.ts end to end, and hostile ones, each with its status, its reason and its line.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLabPage, type LabPage } from "./lab-page.ts";
import type { Asked, Told } from "./page/lab-worker.ts";

const honest = readFileSync("tests/fixtures/train/honest.ts", "utf8");
/** The honest train.ts with one line replaced, and the line's number. */
function spoiled(line: string, by: string): { source: string; at: number } {
  const lines = honest.split("\n");
  const at = lines.findIndex((text) => text.includes(line));
  expect(at).toBeGreaterThan(0);
  lines[at] = by;
  return { source: lines.join("\n"), at: at + 1 };
}

let lab: LabPage<Asked, Told>;
beforeAll(async () => {
  lab = await openLabPage("tests/runner/page/index.html");
}, 120_000);
afterAll(() => lab.close());

async function run(source: string, budgetSeconds = 8): Promise<Required<Pick<Told, "result" | "events">>> {
  const { result, events, took, error } = await lab.ask({ source, budgetSeconds, seed: 1 });
  if (process.env.RUNNER_LOG)
    console.log(JSON.stringify({ result, took, error, events }, null, 1).slice(0, 6000));
  if (result === undefined || events === undefined) throw new Error(error ?? "no result");
  return { result, events };
}

describe("the sandbox", () => {
  it("measures the adapter", async () => {
    const { measurement, error } = await lab.ask({ measure: true });
    expect(error).toBe(undefined);
    expect(measurement).toMatchObject({ tier: "software", software: true });
    expect(measurement?.flopsPerSecond).toBeGreaterThan(1e8);
  }, 60_000);

  it("takes an honest train.ts from source to score", async () => {
    const { result, events } = await run(honest);
    expect(result).toMatchObject({ status: "scored" });
    if (result.status !== "scored") return;
    // Sums in decimal: uniform bytes cost 8 bits, and the frequencies of the letters alone give less than 4.
    expect(result.valBpb).toBeLessThan(4);
    expect(result.valBpb).toBeGreaterThan(0.5);
    expect(Math.abs((result.testBpb ?? 0) - result.valBpb)).toBeLessThan(0.3);
    expect(result.chunks).toHaveLength(64);
    expect(result.probes.map(({ name, passed }) => [name, passed])).toEqual([
      ["passes", true],
      ["rows", true],
      ["finite", true],
      ["repeatable", true],
      ["causality", true],
    ]);
    expect(result.steps).toBeGreaterThan(5);
    expect(result.seconds).toBeGreaterThan(6);
    expect(result.seconds).toBeLessThan(10);
    expect(result.curve.length).toBeGreaterThan(3);
    expect(result.curve[0][1]).toBeGreaterThan(result.curve.at(-1)?.[1] ?? Infinity);
    expect(result.sample).toMatch(/plus/); // at least in the prompt
    const stages = new Set(events.flatMap((event) => (event.type === "stage" ? [event.stage] : [])));
    stages.delete("handover"); // shown only when it takes longer than a quarter of a second
    expect([...stages]).toEqual([
      "loading",
      "compiling",
      "rehearsing",
      "training",
      "probing",
      "scoring",
      "sampling",
    ]);
  }, 120_000);

  it("ends a train.ts that throws", async () => {
    const { source, at } = spoiled("loss.backward()", '  throw new Error("no gradient today");');
    const { result } = await run(source);
    expect(result).toMatchObject({ status: "crash", reason: `train.ts:${at}: no gradient today`, line: at });
  }, 60_000);

  it("ends a train.ts that loops for ever, even one that swallows every error", async () => {
    const { source, at } = spoiled(
      "const model = new Tiny()",
      "const model = new Tiny(); for (;;) { try { for (;;) Math.random(); } catch { /* go on */ } }",
    );
    const { result } = await run(source);
    expect(result).toMatchObject({ status: "crash", line: at });
    expect(result.status === "crash" && result.reason).toMatch(/did not yield for \d+ s/);
  }, 60_000);

  it("ends a train.ts that allocates without end", async () => {
    const { source, at } = spoiled(
      "const model = new Tiny()",
      "const hoard: number[][] = []; for (;;) hoard.push(new Array<number>(16e6).fill(1.5)); const model = new Tiny();",
    );
    const { result } = await run(source);
    expect(result).toMatchObject({ status: "crash" });
    // If the heap is full before the loop first checks the clock, the line is lost.
    if (result.status === "crash" && result.line !== undefined) expect(result.line).toBe(at);
  }, 60_000);

  it("names the operation of a train.ts that needs more memory than there is", async () => {
    const { source, at } = spoiled(
      "step.log({ loss })",
      "  step.log({ loss: loss.add(nn.random([2 ** 15, 2 ** 14]).cumsum(0).mean()) });",
    );
    const { result } = await run(source);
    expect(result).toMatchObject({ status: "crash", line: at });
    expect(result.status === "crash" && result.reason).toMatch(
      new RegExp(
        `^train\\.ts:${at}: the step does not fit on this device, got \\d+ MiB with random \\[32768, 16384\\]`,
      ),
    );
  }, 60_000);

  it("ends a train.ts whose loss is not a number", async () => {
    const { source } = spoiled("const loss", "  const loss = nn.crossEntropy(model.forward(x), y).mul(NaN);");
    const at = source.split("\n").findIndex((line) => line.includes("step.log")) + 1;
    const { result } = await run(source);
    expect(result).toMatchObject({ status: "crash", line: at });
    expect(result.status === "crash" && result.reason).toMatch(/the loss is NaN at step 0/);
  }, 60_000);

  it("refuses a train.ts that leaks the future", async () => {
    const { source } = spoiled(
      "const x = nn.rmsNorm",
      "    const e = nn.embedding(this.embed, tokens); const x = nn.rmsNorm(e.add(e.narrow(1, 1, T - 1).pad(1, 0, 1).mul(1e-3)));",
    );
    const { result } = await run(source);
    expect(result).toMatchObject({ status: "invalid" });
    expect(result.status === "invalid" && result.reason).toMatch(/^train\.ts:\d+: causality: .*position \d+/);
    expect(result.status === "invalid" && result.line).toBeGreaterThan(15);
    expect(result.seconds).toBe(0); // found before any budget was spent
  }, 60_000);

  it("let no byte out", async () => {
    const { source } = spoiled(
      "const model = new Tiny()",
      [
        "const model = new Tiny(); const reach = globalThis as any; const leaks: string[] = [];",
        'for (const name of ["fetch", "WebSocket", "Worker", "indexedDB", "postMessage", "importScripts", "BroadcastChannel"])',
        "  if (name in reach) leaks.push(name);",
        'if (reach.navigator.gpu) leaks.push("gpu");',
        'if (leaks.length > 0) throw new Error("there is " + leaks.join(" "));',
        'throw new Error("nothing there");',
      ].join(" "),
    );
    const { result } = await run(source);
    expect(result.status === "crash" && result.reason).toMatch(/nothing there/);
    expect(lab.outside).toEqual([]);
  }, 60_000);
});
