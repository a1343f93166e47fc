// A whole conversation in every wire format: tools, the single-answer form, repairs, streaming, the sent text.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { setConstants } from "../../src/researchers/source/constants.ts";
import { answerText, BASELINE, briefOf, entry, SEED } from "../../src/researchers/model/testing/a-study.ts";
import { KEY, openLab, wordsOf } from "./lab.ts";
import { event, type Play } from "./plays.ts";
import { KINDS, type ProviderServer, startProvider } from "./server.ts";
import { anthropic } from "./wire-anthropic.ts";
import { google } from "./wire-google.ts";
import { responses } from "./wire-responses.ts";

let server: ProviderServer;
beforeAll(async () => {
  server = await startProvider();
});
afterEach(() => server.clear());
afterAll(() => server.close());

const EDIT = { search: "const DEPTH = 4;", replace: "const DEPTH = 6;" };
const SUBMIT = {
  hypothesis: "Raise DEPTH from 4 to 6: compose more",
  expected: "1.98",
  falsify: "2.0 or more",
  category: "architecture",
};
const deep = setConstants(SEED, { DEPTH: 6 });
const submit = (more = {}) => ({ tools: [{ name: "submit", input: { ...SUBMIT, ...more } }] });
const sent = (from: number) => server.received.slice(from);

describe.each(KINDS)("%s", (kind) => {
  it("edits with tools over several steps, then submits", async () => {
    const from = server.received.length;
    const lab = openLab(server, kind);
    server.play(
      {
        text: "Let me look.",
        thought: "deeper?",
        tools: [
          { name: "readExperiment", input: { number: 0 } },
          { name: "searchNotebook", input: { query: "depth" } },
        ],
      },
      { tools: [{ name: "edit", input: EDIT }] },
      submit(),
    );
    const proposal = await lab.propose();
    expect(proposal).toEqual({ ...SUBMIT, source: deep, researcher: `${kind}:model` });
    const requests = sent(from);
    expect(requests).toHaveLength(3);
    // Later requests contain the conversation: the calls, and the tools' answers as data.
    expect(requests[2]?.text).toContain("readExperiment");
    expect(requests[2]?.text).toContain("No experiment of the notebook holds these words.");
    expect(lab.of("tool").map(({ name }) => name)).toEqual([
      "readExperiment",
      "searchNotebook",
      "edit",
      "submit",
    ]);
    const [transcript] = lab.of("transcript");
    expect(transcript?.entries.map(({ role }) => role)).toEqual([
      "system",
      "user",
      "model",
      "tool",
      "tool",
      "model",
      "tool",
      "model",
    ]);
    expect(
      lab
        .of("text")
        .filter(({ kind: k }) => k === "text")
        .map(({ text }) => text)
        .join(""),
    ).toBe("Let me look.");
  });

  it("answers in the form when it has no tools, and the lab shows the prompt that was sent", async () => {
    const from = server.received.length;
    const lab = openLab(server, kind, { config: { tools: false } });
    server.play({ text: answerText(6) });
    expect((await lab.propose()).source).toBe(deep);
    const [request] = sent(from);
    expect(request?.body.tools).toBeUndefined();
    const [prompt] = lab.of("prompt");
    expect(request?.text).toContain(JSON.stringify(prompt?.text).slice(1, -1));
    expect(request?.text).toContain(JSON.stringify(prompt?.system).slice(1, -1));
    expect(lab.of("transcript")[0]?.entries[1]).toEqual({ role: "user", text: prompt?.text });
    expect(
      lab
        .of("text")
        .map(({ text }) => text)
        .join(""),
    ).toBe(answerText(6));
  });

  it("sends the key in its header and nowhere else", async () => {
    const from = server.received.length;
    const lab = openLab(server, kind);
    server.play(submit({ edits: [EDIT] }));
    await lab.propose();
    const [request] = sent(from);
    expect(JSON.stringify(request?.headers)).toContain(KEY);
    expect(request?.path).not.toContain(KEY);
    expect(request?.text).not.toContain(KEY);
    expect(request?.headers["anthropic-dangerous-direct-browser-access"]).toBe(
      kind === "anthropic" ? "true" : undefined,
    );
  });

  it("books the provider's counts", async () => {
    const lab = openLab(server, kind);
    server.play({ ...submit({ edits: [EDIT] }), usage: { input: 5000, output: 700 } });
    await lab.propose();
    expect(lab.ledger.bookings).toMatchObject([
      { inputTokens: 5000, outputTokens: 700, dollars: 0.0057, certainty: "billed", experiment: 1 },
    ]);
    expect(lab.of("call")[0]?.totals.dollars).toBeCloseTo(0.0057);
  });
});

describe("an event of a kind that nobody knows", () => {
  const play: Play = { text: answerText(6), usage: { input: 3000, output: 100 } };
  it.each([
    ["anthropic", anthropic, event({ type: "weather", sunny: true }, "weather")],
    ["openai", responses, event({ type: "response.weather", sunny: true }, "response.weather")],
    ["google", google, event({ modelStatus: 7 })],
  ] as const)("loses no answer: %s", async (kind, wire, odd) => {
    const lab = openLab(server, kind, { config: { tools: false } });
    const from = server.received.length;
    const [begin, end] = [wire.begin(play).join(""), wire.end(play).join("")];
    server.play({ body: begin + odd + wire.delta(play.text ?? "") + odd + end });
    expect((await lab.propose()).source).toBe(deep);
    expect(sent(from)).toHaveLength(1);
    expect(lab.ledger.bookings).toMatchObject([{ certainty: "billed", outputTokens: 100 }]);
  });
});

describe("a rejected proposal", () => {
  it("goes back with the reason, twice at most: does not apply, repeats, does not type-check, does not rehearse", async () => {
    const bench = {
      check: (source: string) => Promise.resolve(source.includes("DEPTH = 7") ? "train.ts:9: no" : null),
      rehearse: (source: string) =>
        Promise.resolve(
          source.includes("DEPTH = 8")
            ? { outcome: "failed" as const, words: "out of memory" }
            : { outcome: "passed" as const, words: "fine" },
        ),
    };
    const history = [BASELINE, entry(1, { source: deep })];
    const bad = [
      [submit({ edits: [{ search: "const NOPE", replace: "" }] }), /does not apply/],
      [submit({ edits: [EDIT] }), /the same program as #1/],
      [submit({ edits: [] }), /the same program as the incumbent/],
      [submit({ edits: [{ ...EDIT, replace: "const DEPTH = 7;" }] }), /does not type-check: train\.ts:9: no/],
      [submit({ edits: [{ ...EDIT, replace: "const DEPTH = 8;" }] }), /does not rehearse: out of memory/],
      [submit({ edits: [{ ...EDIT, replace: "const DEPTH = ;" }] }), /train\.ts:10: syntax error/],
      [{ text: "I have no idea." }, /changes nothing/],
      [{ tools: [{ name: "submit", input: {}, raw: "not json" }] }, /not a JSON object/],
    ] as const;
    for (const [play, reason] of bad) {
      const lab = openLab(server, "compatible", { bench });
      const last = submit({ edits: [] });
      server.play(
        play,
        { tools: [{ name: "startFrom", input: { number: 0 } }] },
        {
          ...last,
          tools: [
            {
              name: "submit",
              input: { ...SUBMIT, edits: [{ search: "const DEPTH = 4;", replace: "const DEPTH = 9;" }] },
            },
          ],
        },
      );
      expect((await lab.propose(briefOf({ history }))).source).toBe(setConstants(SEED, { DEPTH: 9 }));
      expect(lab.of("sent-back").map(({ words, left }) => [reason.test(words), left])).toEqual([[true, 1]]);
    }
  });

  it("costs the model its turn the third time, without a pause", async () => {
    const from = server.received.length;
    const lab = openLab(server, "anthropic", { config: { tools: false } });
    server.play({ text: "no" }, { text: "no" }, { text: "no" });
    expect(await wordsOf(lab.propose())).toMatch(/was rejected.*changes nothing/);
    expect(sent(from)).toHaveLength(3);
    expect(lab.researcher.availability()).toEqual({ state: "ready" });
  });

  it("counts the loop's earlier rejections", async () => {
    const from = server.received.length;
    const lab = openLab(server, "openai", { config: { tools: false } });
    const rejected = [1, 2].map((n) => ({
      source: setConstants(SEED, { DEPTH: 5 + n }),
      hypothesis: "x",
      reason: "train.ts:3: wrong",
    }));
    server.play({ text: "no" });
    expect(await wordsOf(lab.propose(briefOf({ rejected })))).toMatch(/was rejected/);
    expect(sent(from)).toHaveLength(1);
  });

  it("ends after a bounded number of steps", async () => {
    const from = server.received.length;
    const lab = openLab(server, "openai", { steps: 4 });
    server.play(
      ...Array.from({ length: 4 }, () => ({ tools: [{ name: "readFile", input: { path: "train.ts" } }] })),
    );
    expect(await wordsOf(lab.propose())).toMatch(/did not submit within 4 steps/);
    expect(sent(from)).toHaveLength(4);
    expect(sent(from)[3]?.text).toContain("1 steps left: submit");
  });

  it("answers a call of a wrong tool, file or experiment with an error and continues", async () => {
    const lab = openLab(server, "anthropic");
    server.play(
      {
        tools: [
          { name: "shell", input: { command: "ls" } },
          { name: "readFile", input: { path: "/etc/passwd" } },
          { name: "readExperiment", input: { number: 99 } },
        ],
      },
      { tools: [{ name: "edit", input: { search: "class", replace: "" } }] },
      submit({ edits: [EDIT] }),
    );
    await lab.propose();
    const outputs = lab.of("tool").map(({ output }) => output);
    expect(outputs[0]).toMatch(/no such tool.*readFile/);
    expect(outputs[1]).toMatch(/no such file.*train\.ts, program\.md/);
    expect(outputs[2]).toMatch(/no such experiment/);
    expect(outputs[3]).toMatch(/more than once/);
  });
});

describe("the tool rehearse", () => {
  const rehearse = (source: string) =>
    Promise.resolve(
      source.includes("DEPTH = 8")
        ? { outcome: "failed" as const, words: "train.ts:20: needs 6.1 GiB" }
        : source.includes("DEPTH = 7")
          ? { outcome: "later" as const, words: "the device is in use" }
          : { outcome: "passed" as const, words: "12 ms a step" },
    );
  const depth = (n: number, from = 4) => ({
    name: "edit",
    input: { search: `const DEPTH = ${from};`, replace: `const DEPTH = ${n};` },
  });
  const REHEARSE = { name: "rehearse", input: {} };

  it.each(["anthropic", "openai", "compatible"] as const)(
    "gives a model of %s the measurements, the fault, or that the device is in use",
    async (kind) => {
      const lab = openLab(server, kind, { bench: { rehearse } });
      server.play(
        { tools: [depth(8), REHEARSE] },
        { tools: [depth(7, 8), REHEARSE] },
        { tools: [depth(6, 7), REHEARSE] },
        submit({ edits: [] }),
      );
      const proposal = await lab.propose();
      expect(proposal.source).toBe(deep);
      const answers = lab.of("tool").filter(({ name }) => name === "rehearse");
      expect(answers[0]?.output).toMatch(/It fails: .*needs 6\.1 GiB/);
      expect(answers[1]?.output).toMatch(/cannot be rehearsed now.*comes back to you/);
      expect(answers[2]?.output).toMatch(/It rehearses: .*12 ms a step/);
      // Rehearsing costs no repair, and a candidate that cannot be rehearsed now is not refused.
      expect(lab.of("sent-back")).toEqual([]);
      expect(proposal.repairs).toBeUndefined();
    },
  );

  it("is not offered by a lab that cannot, and a submission that fails there goes back", async () => {
    const from = server.received.length;
    const without = openLab(server, "anthropic");
    server.play(submit({ edits: [EDIT] }));
    await without.propose();
    expect(sent(from)[0]?.text).not.toContain('"rehearse"');
    const lab = openLab(server, "anthropic", { bench: { rehearse } });
    server.play(
      submit({ edits: [{ ...EDIT, replace: "const DEPTH = 8;" }] }),
      submit({ edits: [{ search: "const DEPTH = 8;", replace: "const DEPTH = 6;" }] }),
    );
    const proposal = await lab.propose();
    expect(proposal).toMatchObject({ source: deep, repairs: 1 });
    expect(lab.of("sent-back").map(({ words }) => words)).toEqual([
      "it does not rehearse: train.ts:20: needs 6.1 GiB",
    ]);
  });
});

describe("a server with fewer abilities than it claims", () => {
  it("without tools is asked for a single answer, from then on", async () => {
    const from = server.received.length;
    const lab = openLab(server, "compatible");
    server.play(
      { status: 400, message: "registry.ollama.ai/library/tiny does not support tools" },
      { text: answerText(6) },
      { text: answerText(7) },
    );
    expect((await lab.propose()).source).toBe(deep);
    await lab.propose();
    expect(sent(from).map(({ body }) => body.tools === undefined)).toEqual([false, true, true]);
  });

  it("that cuts prompts without a word is noticed, and gets shorter ones", async () => {
    const lab = openLab(server, "compatible", { config: { tools: false } });
    const manual = "export declare function f(): void;\n".repeat(600);
    server.play({ text: answerText(6), usage: { input: 2050, output: 50 } }, { text: answerText(7) });
    await lab.propose(briefOf({ manual }));
    expect(lab.of("notice")[0]?.words).toMatch(/read 2050 tokens of about \d+.*OLLAMA_CONTEXT_LENGTH/);
    const before = lab.of("prompt")[0]?.tokens ?? 0;
    expect(await wordsOf(lab.propose(briefOf({ manual })))).toMatch(/^$/);
    expect(lab.of("prompt")[1]?.tokens ?? 0).toBeLessThan(before);
  });
});
