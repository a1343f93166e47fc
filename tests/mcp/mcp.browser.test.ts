// An agent and its study, through the SDK's own client: reads, a type error, a keep, a repetition, a discard, and a client that
// disconnects in the middle of a run. The next client finds all of the study.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { root } from "../../scripts/setup.mjs";
import { leftOf, processesBelow } from "../durability/headless.ts";
import { git, scratch, smallText, tinyTrain } from "../e2e/lab.ts";

// The lab sends a sign of progress every ten seconds while a call waits.
let signs = 0;
const PATIENCE = { timeout: 60_000, resetTimeoutOnProgress: true, onprogress: () => signs++ };
const folder = scratch();
const bundle = join(folder, "study.bundle");
const profile = join(folder, "profile");
writeFileSync(join(folder, "small.txt"), smallText());
writeFileSync(join(folder, "train.ts"), tinyTrain(1e-5));
const clients: Client[] = [];

afterAll(async () => {
  for (const client of clients) await client.close();
  rmSync(folder, { recursive: true, maxRetries: 10, retryDelay: 200 });
});

/** A client that starts its own lab, on the shared profile. */
async function connect() {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      join(root, "scripts", "lab.mjs"),
      "--mcp",
      "--alone",
      ["--adapter", "software", "--profile", profile, "--out", bundle],
      ["--text", join(folder, "small.txt"), "--train", join(folder, "train.ts"), "--vocab", "256"],
      ["--budget", "60", "--budget-tokens", "8192", "--rule", "karpathy", "--wait", "600"],
    ].flat(),
    env: Object.fromEntries(
      Object.entries(process.env).filter((one): one is [string, string] => one[1] !== undefined),
    ),
    stderr: "pipe",
  });
  let said = "";
  transport.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const client = new Client({ name: "a scripted agent", version: "1" });
  clients.push(client);
  await client.connect(transport);
  const call = async (name: string, given: Record<string, unknown> = {}) => {
    const { content, isError = false } = await client.callTool(
      { name, arguments: given },
      undefined,
      PATIENCE,
    );
    const [first] = content as { text: string }[];
    return { text: first.text, isError: isError === true };
  };
  const value = async (name: string, given: Record<string, unknown> = {}) => {
    const { text, isError } = await call(name, given);
    if (isError) throw new Error(`${name}: ${text}; the lab said: ${said.slice(-500)}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  const verdict = (number: unknown) => value("wait_for_verdict", { number, seconds: 100 });
  return { client, call, value, verdict, pid: transport.pid ?? 0, said: () => said };
}

const rate = (from: string, to: string) => [
  { search: `const RATE = ${from};`, replace: `const RATE = ${to};` },
];

test(
  "an agent reads, errs, gains, loses and is lost; the next one finds all of it",
  { timeout: 240_000 },
  async () => {
    const first = await connect();
    const { tools } = await first.client.listTools();
    expect(tools.map(({ name }) => name)).toContain("propose");
    const brief = await first.value("read_brief");
    expect(brief).toMatchObject({
      budget: { tokens: 8192, secondsAtMost: 60 },
      text: { name: "small.txt" },
      waitsForProposals: { seconds: 600, thenFillsIn: null },
    });
    expect(await first.verdict(0)).toMatchObject({ status: "keep", researcher: "lab" });
    expect((await first.call("read_candidate")).text).toBe(tinyTrain(1e-5));
    expect((await first.call("read_manual")).text).toContain("crossEntropy");
    expect((await first.call("read_program")).text).toContain("val_bpb");

    const wrong = await first.call("propose", {
      hypothesis: "A rate in words",
      edits: rate("0.00001", '"fast"'),
    });
    expect(wrong.isError).toBe(true);
    expect(wrong.text).toMatch(/train\.ts:\d+: .*string/);
    expect((await first.call("propose", { hypothesis: "x", edits: rate("7", "8") })).text).toMatch(
      /its search text is not in train\.ts/,
    );

    const better = { hypothesis: "A rate that is not zero learns", edits: rate("0.00001", "0.02") };
    const gain = await first.value("propose", { ...better, expected: "-0.5", category: "numeric" });
    expect(gain).toMatchObject({ number: 1, researcher: "mcp:a scripted agent" });
    expect(await first.verdict(gain.number)).toMatchObject({
      status: "keep",
      researcher: "mcp:a scripted agent",
    });
    expect((await first.call("leave_note", { text: "rates matter", proposer: "model-1" })).text).toBe(
      "noted",
    );

    // Another text with the same graph and numbers: no run.
    const same = await first.value("propose", {
      hypothesis: "The same rate",
      edits: rate("0.02", "2 / 100"),
    });
    expect(await first.verdict(same.number)).toMatchObject({
      number: 2,
      status: "discard",
      valBpb: null,
      tokens: 0,
      reason: "cannot differ from #1: it records the same training steps and the same forward pass",
    });

    const worse = { hypothesis: "Hardly any rate", edits: rate("0.02", "0.00002"), proposer: "model-1" };
    expect(await first.verdict((await first.value("propose", worse)).number)).toMatchObject({
      status: "discard",
      researcher: "mcp:model-1",
    });
    const resource = await first.client.readResource({ uri: "overnight://results.tsv" });
    expect((resource.contents[0] as { text: string }).text.trim().split("\n")).toHaveLength(5);

    const last = await first.value("propose", { hypothesis: "A smaller rate", edits: rate("0.02", "0.01") });
    expect(last.number).toBe(4);
    const processes = processesBelow(first.pid);
    await first.client.close();
    expect(await leftOf(processes)).toEqual([]);
    expect(first.said()).toContain('"reason":"the agent left"');

    git(folder, "clone", "-q", bundle, "study");
    const study = join(folder, "study");
    const tag = git(study, "branch", "--show-current").trim().split("/")[1];
    const file = (name: string) => git(study, "show", `origin/notebook/${tag}:${name}`);
    const [header, ...rows] = file("results.tsv").trimEnd().split("\n");
    const column = header.split("\t").indexOf("researcher");
    expect(rows.slice(0, 4).map((row) => row.split("\t")[column])).toEqual([
      "lab",
      "mcp:a scripted agent",
      "mcp:a scripted agent",
      "mcp:model-1",
    ]);
    expect(file("learnings.md")).toContain("- mcp:model-1: rates matter\n");

    const second = await connect();
    expect(signs).toBeGreaterThan(0);
    const verdict = await second.verdict(4);
    expect(verdict).toMatchObject({ number: 4, hypothesis: "A smaller rate" });
    expect((await second.call("read_results")).text.trim().split("\n")).toHaveLength(6);
  },
);
