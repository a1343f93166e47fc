// Real train.ts files that try to cheat, to break the lab or to escape, in the real sandbox and before the real engine,
// on the software adapter. Each file begins with the attempt and the required end. After every few attacks an honest
// model is scored: its score must not change by one bit. A server outside counts connections; none may arrive.
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Arena } from "../../src/prepare/index.ts";
import { openLabPage, type LabPage } from "../runner/lab-page.ts";
import { forgeries } from "./page/forgeries.ts";
import type { Asked, Told } from "./page/lab-worker.ts";

const BUDGET = 2;
/** Number of attacks between two scores of the honest model. */
const GROUP = 6;

interface Case {
  readonly name: string;
  readonly attack: string;
  readonly status: string;
  readonly reason: RegExp;
  /** The line marked `// <- here`; 0 without a mark. */
  readonly line: number;
  readonly source: string;
  readonly arena: Partial<Arena>;
}

/** Parses `// the attempt` and `// Ends: status /reason/`; `// @arena {…}` if the case needs another arena. */
function readCase(file: string): Case {
  const source = readFileSync(`tests/hostile/cases/${file}`, "utf8");
  const [attack, ends] = source.split("\n");
  const expected = /^\/\/ Ends: (\w+) \/(.*)\/$/.exec(ends);
  if (!attack.startsWith("// ") || expected === null) throw new Error(`${file} does not say how it ends`);
  return {
    name: file.replace(/\.ts$/, ""),
    attack: attack.slice(3),
    status: expected[1],
    reason: new RegExp(expected[2]),
    arena: { budgetSeconds: BUDGET, ...arenaOf(source) },
    line: source.split("\n").findIndex((text) => text.endsWith("// <- here")) + 1,
    source,
  };
}
function arenaOf(source: string): Partial<Arena> {
  const found = /^\/\/ @arena (\{.*\})$/m.exec(source);
  return found === null ? {} : (JSON.parse(found[1]) as Partial<Arena>);
}
const only = process.env.HOSTILE;
const cases = readdirSync("tests/hostile/cases")
  .filter((file) => only === undefined || new RegExp(only).test(file))
  .map(readCase);

let lab: LabPage<Asked, Told>;
let before = 0;
/** Number of connections to the server outside. */
let reached = 0;
const outside = createServer((socket) => {
  reached++;
  socket.destroy();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => outside.listen(0, "127.0.0.1", resolve));
  lab = await openLabPage<Asked, Told>("tests/hostile/page/index.html");
  const source = readFileSync("tests/fixtures/train/honest.ts", "utf8");
  const { result, error } = await lab.ask({ source, arena: { budgetSeconds: BUDGET }, keep: true });
  expect(result?.status, error ?? JSON.stringify(result)).toBe("scored");
  before = (await lab.ask({ honest: true })).honest ?? NaN;
  expect(before).toBeGreaterThan(0);
}, 120_000);
afterAll(async () => {
  await lab.close();
  outside.close();
});

/** No connection got out, the page answers, no sandbox is left, and the honest model has its score. */
async function unmoved(): Promise<void> {
  const { honest, error, frames } = await lab.ask({ honest: true });
  expect(error).toBe(undefined);
  expect(honest).toBe(before);
  expect(frames).toBe(0);
  expect(reached).toBe(0);
  expect(lab.outside).toEqual([]);
}

describe("a hostile train.ts", () => {
  it.each(cases.map((one, i) => ({ ...one, i })))("$name: $attack", { timeout: 60_000 }, async (one) => {
    const source = one.source.replaceAll("OUTSIDE", `127.0.0.1:${(outside.address() as AddressInfo).port}`);
    const { result, error, took, events } = await lab.ask({ source, arena: one.arena });
    if (result === undefined) throw new Error(error);
    const reason = "reason" in result ? result.reason : "";
    if (process.env.RUNNER_LOG)
      console.log(one.name, Math.round(took), result.status, reason, events?.length);
    expect({ status: result.status, reason }).toEqual({
      status: one.status,
      reason: expect.stringMatching(one.reason) as string,
    });
    // One safe line, regardless of the thrown text.
    expect(reason).toMatch(/^[^\p{Cc}\p{Bidi_Control}]{0,400}$/u);
    if (one.line > 0) expect("line" in result && result.line).toBe(one.line);
    // In two seconds nobody can learn more of these sums than the honest model.
    if (result.status === "scored") expect(result.valBpb).toBeGreaterThan(1);
    expect(reached).toBe(0);
    if (one.i % GROUP === GROUP - 1) await unmoved();
  });

  it("leaves the honest model's score alone", unmoved, 60_000);
});

describe("a forged forward pass", () => {
  it.each(Object.entries(forgeries))("gains nothing: %s", { timeout: 60_000 }, async (forge, { refused }) => {
    const { answer, error } = await lab.ask({ forge });
    if (answer === undefined) throw new Error(error);
    if (process.env.RUNNER_LOG) console.log(forge, JSON.stringify(answer));
    if (refused === null) {
      expect(answer.type).toBe("scored");
      const nats = answer.type === "scored" ? Object.values(answer.nats) : [];
      expect(nats.reduce((a, b) => a + b, 0)).toBeGreaterThan(0.999 * 16 * 32 * Math.log(256));
      return;
    }
    const reason =
      answer.type === "refused"
        ? answer.reason
        : answer.type === "probed"
          ? answer.probes.at(-1)?.detail
          : answer.type;
    expect(reason).toMatch(refused);
    expect(answer.type).not.toBe("scored");
    if (answer.type === "refused") expect(["invalid", "crash"]).toContain(answer.code);
  });

  it("leaves the honest model's score alone", unmoved, 60_000);
});
