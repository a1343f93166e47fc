import { describe, expect, it, vi } from "vitest";
import type { PriceRow, Proposal, Researcher } from "../../researchers/index.ts";
import { LabError } from "../../error.ts";
import { memoryStore, openRepository, type Json } from "../../repo/index.ts";
import { runLoop } from "../loop/loop.ts";
import { Control } from "../experiment/context.ts";
import { browser, quick, tab } from "../testing/lab-in-a-tab.ts";
import {
  contextOver,
  countingResearcher,
  emptyDisk,
  failed,
  numberIn,
  runnerOf,
  scored,
  sourceOf,
  studyOn,
} from "../testing/loop-fakes.ts";
import { ResearcherService, type ResearcherServiceParts } from "./researcher-service.ts";
import { guarded } from "./key-scan.ts";
import type { ModelsEvent, WritingView } from "../contract/researcher-view.ts";

// Not in the format of any provider, so that only the key ring recognises it.
const KEY = "secret-0123456789abcdefABCDEF-xyz";

const PRICE: PriceRow = {
  provider: "compatible",
  model: "m",
  input: 10,
  output: 10,
  read: "2026-11-20",
  source: "test",
};

/** The side store of one browser. */
function sideStore() {
  const values = new Map<string, Json>();
  return {
    values,
    readJournal: (name = "lab") => Promise.resolve(values.get(name)),
    writeJournal: (value: Json, name = "lab") => Promise.resolve(void values.set(name, value)),
  };
}

/** An OpenAI-compatible answer, streamed, as `fetch` gives it; `asked` collects the requests. */
function fakeServer(answer: string) {
  const asked: string[] = [];
  const fetcher: typeof fetch = async (input, init) => {
    await Promise.resolve();
    const url = input instanceof Request ? input.url : String(input);
    if (url.endsWith("/models")) return Response.json({ data: [{ id: "m" }] });
    asked.push(typeof init?.body === "string" ? init.body : "");
    const chunk = (delta: unknown, finish: string | null = null, usage: unknown = undefined) =>
      `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: finish }], usage })}\n\n`;
    const usage = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };
    const body = `${chunk({ role: "assistant", content: answer })}${chunk({}, "stop", usage)}data: [DONE]\n\n`;
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  return { asked, fetcher };
}

const answerOf = (n: number) => `HYPOTHESIS: try ${n}
EXPECTED: lower
FALSIFY: not lower
CATEGORY: numeric

<<<<<<< SEARCH
const N = 0;
=======
const N = ${n};
>>>>>>> REPLACE`;

async function openService(store = sideStore(), parts: Partial<ResearcherServiceParts> = {}) {
  const events: ModelsEvent[] = [];
  const writing: (WritingView | null)[] = [];
  const notices: string[] = [];
  const service = new ResearcherService({
    changed: () => undefined,
    writing: (view) => void writing.push(view),
    event: (event) => void events.push(event),
    notice: (_level, text) => void notices.push(text),
    check: () => Promise.resolve(null),
    manual: () => Promise.resolve("declare function f(): void;"),
    baselines: () => null,
    flopsPerSecond: () => null,
    now: () => 5,
    ...parts,
  });
  await service.open(store);
  return { service, store, events, writing, notices };
}

const LOCAL = "compatible:m@http://localhost:9/v1";
const brief = (number: number) => ({
  number,
  program: "program",
  source: sourceOf(0),
  history: [],
  pending: [],
  rejected: [],
  seed: 1,
  incumbent: null,
  manual: "",
});

describe("a model's capabilities", () => {
  it("is learned in a proposal, shown, written by hand, and remembered", async () => {
    const server = fakeServer(answerOf(3));
    let refused = 0;
    const fetcher: typeof fetch = async (input, init) => {
      if (typeof init?.body !== "string" || !init.body.includes('"tools"'))
        return server.fetcher(input, init);
      refused += 1;
      return Response.json({ error: { message: "m does not support tools" } }, { status: 400 });
    };
    const { service, store } = await openService(sideStore(), { model: { fetch: fetcher } });
    await service.command({ type: "set", change: { researcher: LOCAL, share: 1 } });
    await service.propose(brief(1), new AbortController().signal);
    const shown = (one: ResearcherService, name: string) =>
      one.view().capabilities.find((capability) => capability.name === name);
    expect(shown(service, "tools")).toMatchObject({ value: false, from: "learned" });
    expect(shown(service, "tools")?.why).toContain("does not support tools");
    await service.command({ type: "capability", name: "context", value: 8192 });
    await expect(service.command({ type: "capability", name: "context", value: 1 })).rejects.toThrow(
      /context/,
    );
    // Another tab, later.
    const { service: again } = await openService(store, { model: { fetch: fetcher } });
    expect(shown(again, "context")).toMatchObject({ value: 8192, from: "set" });
    await again.propose(brief(2), new AbortController().signal);
    expect(refused).toBe(1);
    await again.command({ type: "capability", name: "tools", value: null });
    expect(shown(again, "tools")).toMatchObject({ value: true, from: "default" });
  });
});

describe("the researcher service", () => {
  it("has the built-in researcher until another is chosen, and remembers the choice", async () => {
    const { service, store } = await openService();
    expect(service.free).toBe(true);
    await service.command({ type: "set", change: { researcher: "random" } });
    expect(service.name).toBe("random");
    expect((await openService(store)).service.name).toBe("random");
    await expect(service.command({ type: "set", change: { share: 2 } })).rejects.toThrow(
      /share, got 2, expected a number from 0 to 1/,
    );
    await expect(service.command({ type: "set", change: { researcher: "oracle:x" } })).rejects.toThrow(
      /provider/,
    );
  });

  it("asks a model, keeps the sent prompt, includes the note once, and books durably", async () => {
    const server = fakeServer(answerOf(7));
    const model = { fetch: server.fetcher };
    const { service, store, events, writing, notices } = await openService(sideStore(), { model });
    await service.command({ type: "set", change: { researcher: LOCAL, share: 1 } });
    await service.command({ type: "prices", rows: [PRICE] });
    await service.command({ type: "note", text: "look at N" });
    const proposal = await service.propose(brief(1), new AbortController().signal);
    expect(notices).toEqual([]);
    expect(proposal.researcher).toBe("compatible:m");
    expect(numberIn(proposal.source)).toBe(7);
    await vi.waitFor(() => expect(service.view().notes).toEqual([]));
    const sent = await service.command({ type: "transcript", number: 1 });
    expect(sent).toMatchObject({ number: 1, researcher: "compatible:m" });
    const texts = JSON.stringify(sent);
    expect(texts).toContain("look at N");
    expect(texts).toContain("declare function f");
    expect(server.asked[0]).toContain("look at N");
    expect(writing.some((view) => view?.text.includes("HYPOTHESIS"))).toBe(true);
    expect(writing.at(-1)).toBeNull();
    expect(events.map(({ type }) => type)).toContain("model-call");
    expect(events.at(-1)).toMatchObject({ type: "proposal", number: 1, researcher: "compatible:m" });
    const spent = service.view().money.night.dollars;
    expect(spent).toBeCloseTo(0.011, 6);
    // A reload does not reset the spending; a new night does.
    const again = await openService(store, { model });
    expect(again.service.view().money.night.dollars).toBeCloseTo(spent, 9);
    await again.service.command({ type: "new-night" });
    expect(again.service.view().money.night.calls).toBe(0);
    expect(again.service.view().money.calls).toHaveLength(1);
  });

  it("rehearses a model's submissions only while a study lends it the device", async () => {
    const server = fakeServer(answerOf(7));
    const { service } = await openService(sideStore(), { model: { fetch: server.fetcher } });
    await service.command({ type: "set", change: { researcher: LOCAL, share: 1 } });
    const rehearsed: number[] = [];
    service.setRehearsal((source) => {
      rehearsed.push(numberIn(source));
      return Promise.resolve({ outcome: "failed", words: "needs 6.1 GiB" });
    });
    const tunable = "const N = 0; // (1..100)\nconsole.log(N);\n";
    const filled = await service.propose({ ...brief(1), source: tunable }, new AbortController().signal);
    // Submitted, sent back twice, given up: then the built-in researcher fills in.
    expect(rehearsed).toEqual([7, 7, 7]);
    expect(server.asked.at(-1)).toContain("needs 6.1 GiB");
    expect(filled.researcher).toBe("built-in");
    service.setRehearsal(null);
    const next = await service.propose({ ...brief(2), source: tunable }, new AbortController().signal);
    expect(next.researcher).toBe("compatible:m");
    expect(rehearsed).toHaveLength(3);
  });

  it("pauses the model at the spending limit while the built-in researcher continues; a higher limit resumes it", async () => {
    const server = fakeServer(answerOf(7));
    const { service } = await openService(sideStore(), { model: { fetch: server.fetcher } });
    await service.command({ type: "set", change: { researcher: LOCAL, share: 1, capDollars: 0 } });
    await service.command({ type: "prices", rows: [PRICE] });
    const tunable = "const N = 3; // (1..100)\nconsole.log(N);\n";
    const filled = await service.propose({ ...brief(1), source: tunable }, new AbortController().signal);
    expect(filled.researcher).toBe("built-in");
    expect(server.asked).toHaveLength(0);
    expect(service.view().availability?.state).toBe("paused");
    await service.command({ type: "set", change: { capDollars: 5 } });
    expect(service.view().availability?.state).toBe("ready");
  });

  it("holds keys in memory alone, and opens them again only with the passphrase", async () => {
    const { service, store } = await openService();
    await service.command({ type: "set", change: { researcher: "anthropic:m" } });
    await service.command({ type: "key", key: KEY });
    expect(service.view().hasKey).toBe(true);
    expect(JSON.stringify([...store.values, service.view()])).not.toContain(KEY);
    const sealed = await service.command({ type: "seal", passphrase: "correct horse" });
    expect(JSON.stringify(sealed)).not.toContain(KEY);
    const reloaded = (await openService(store)).service;
    expect(reloaded.view().hasKey).toBe(false);
    if (sealed === null || !("iterations" in sealed)) throw new Error("not sealed");
    await expect(reloaded.command({ type: "unlock", sealed, passphrase: "wrong horse" })).rejects.toThrow(
      /passphrase/,
    );
    await reloaded.command({ type: "unlock", sealed, passphrase: "correct horse" });
    expect(reloaded.view().hasKey).toBe(true);
    await expect(service.command({ type: "note", text: `use ${KEY}` })).rejects.toThrow(
      /the key of anthropic/,
    );
  });
});

describe("keys in texts for the repository", () => {
  it("stop a study, a commit and an export with the place of the find and without the key", async () => {
    const { service } = await openService();
    await service.command({ type: "set", change: { researcher: "anthropic:m" } });
    const plain = await openRepository({ store: memoryStore(), packAt: 0 });
    const repository = guarded(plain, service.keys);
    const given = { tag: "t", subject: "s", date: new Date(0), notebookFiles: { "learnings.md": "" } };
    // Committed before the lab knew the key.
    await repository.createStudy({ ...given, files: { "program.md": `a\nkey: ${KEY}` } });
    await service.command({ type: "key", key: KEY });
    const refusal = await repository.exportBundle("t").catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(LabError);
    expect(String(refusal)).toMatch(/program\.md, line 2/);
    expect(String(refusal)).not.toContain(KEY);
    const [study] = await repository.listStudies();
    const experiment = {
      ...given,
      parent: study.incumbent,
      keep: true,
      trailers: [],
      files: { "train.ts": "" },
    };
    await expect(
      repository.commitExperiment({ ...experiment, notebookFiles: () => ({ "learnings.md": KEY }) }),
    ).rejects.toThrow(/learnings\.md, line 1/);
    await expect(repository.commitExperiment({ ...experiment, files: { "train.ts": KEY } })).rejects.toThrow(
      /train\.ts/,
    );
    expect((await repository.listStudies())[0].incumbent).toBe(study.incumbent);
    await repository.commitExperiment(experiment);
  });

  it("stop an export with a key whose second line came in a later version", async () => {
    const { service } = await openService();
    await service.command({ type: "set", change: { researcher: "anthropic:m" } });
    const repository = guarded(await openRepository({ store: memoryStore(), packAt: 0 }), service.keys);
    const parts = [KEY.slice(0, 14), KEY.slice(14)];
    const given = { tag: "t", subject: "s", date: new Date(0), notebookFiles: { "learnings.md": "" } };
    await repository.createStudy({ ...given, files: { "program.md": `a\n${parts[0]}\n` } });
    const [{ incumbent }] = await repository.listStudies();
    const files = { "program.md": `a\n${parts.join("\n")}\n`, "train.ts": "" };
    await repository.commitExperiment({ ...given, parent: incumbent, keep: true, trailers: [], files });
    await service.command({ type: "key", key: KEY });
    await expect(repository.exportBundle("t")).rejects.toThrow(/program\.md, line 2/);
  });
});

/** The service as gate and memory, with another researcher. */
function deskOf(service: ResearcherService, researcher: Researcher) {
  return { researcher, gate: service, memory: service };
}

describe("the loop with a service", () => {
  it("waits for approval, sends a rejected proposal back with the reason, and needs no approval for the baseline", async () => {
    const { service } = await openService();
    await service.command({ type: "set", change: { approve: true } });
    const disk = emptyDisk({ limit: 3 });
    const reasons: string[] = [];
    const researcher = countingResearcher((b) => void reasons.push(...b.rejected.map((r) => r.reason)));
    const context = await contextOver(disk, deskOf(service, researcher));
    service.show(context.study, "");
    const waiting = (number: number) =>
      vi.waitFor(() => {
        if (service.view().waiting?.number !== number) throw new Error("not yet");
      });
    const loop = runLoop(context, new Control());
    await waiting(1);
    expect(context.study.records).toHaveLength(1);
    await service.command({ type: "reject", number: 1, reason: "too timid" });
    await waiting(1);
    expect(reasons).toContain("the human says: too timid");
    await expect(service.command({ type: "approve", number: 5 })).rejects.toThrow(/needs approval/);
    await service.command({ type: "approve", number: 1 });
    await waiting(2);
    await service.command({ type: "approve", number: 2 });
    expect(await loop).toBe("limit");
    expect(numberIn(context.study.records[1].source)).toBe(101);
  });

  it("asks for approval again when an approved proposal failed in its rehearsal", async () => {
    const { service } = await openService();
    await service.command({ type: "set", change: { approve: true } });
    const disk = emptyDisk({ limit: 2 });
    const runner = runnerOf(({ source }) =>
      numberIn(source) === 1 ? { ...failed("crash", "train.ts:1: no"), rehearsal: true as const } : scored(5),
    );
    const context = await contextOver(disk, { ...deskOf(service, countingResearcher()), runner });
    service.show(context.study, "");
    const shown = (source: string) =>
      vi.waitFor(() => expect(service.view().waiting?.source).toBe(source), { timeout: 5000 });
    const loop = runLoop(context, new Control());
    await shown(sourceOf(1));
    await service.command({ type: "approve", number: 1 });
    await shown(sourceOf(101));
    await service.command({ type: "approve", number: 1 });
    expect(await loop).toBe("limit");
    expect(context.study.records[1]).toMatchObject({ status: "discard", source: sourceOf(101) });
  });

  it("ends while it waits, on Stop after this run", async () => {
    const { service } = await openService();
    await service.command({ type: "set", change: { approve: true } });
    const context = await contextOver(emptyDisk(), deskOf(service, countingResearcher()));
    service.show(context.study, "");
    const control = new Control();
    const loop = runLoop(context, control);
    await vi.waitFor(() => expect(service.view().waiting?.number).toBe(1));
    control.stopAfterRun();
    expect(await loop).toBe("stopped");
    expect(context.journal.now.slot?.number).toBe(1);
  });

  it("forks from an earlier experiment: its commit is the parent, and the candidate must beat the incumbent", async () => {
    const disk = emptyDisk({ limit: 4 });
    const forking: Researcher = {
      ...countingResearcher(),
      propose: async ({ number }): Promise<Proposal> => {
        await Promise.resolve();
        const proposal = { hypothesis: `Try ${number}`, category: "count", researcher: "forking" };
        return { ...proposal, source: sourceOf(number), ...(number === 3 ? { base: 1 } : {}) };
      },
    };
    const { service } = await openService();
    const runner = runnerOf(({ source }) => scored(10 - numberIn(source) / 100));
    const context = await contextOver(disk, { ...deskOf(service, forking), runner });
    service.show(context.study, "");
    await runLoop(context, new Control());
    const [, first, second, fork] = context.study.records;
    expect(fork).toMatchObject({ status: "keep", base: 1, parent: 2, parentCommit: first.commit });
    expect(fork.incumbentBpb).toBe(second.valBpb);
    expect(disk.commits[3].experiment).toMatchObject({ parent: second.commit, base: first.commit });
    expect(studyOn(disk).records[3].base).toBe(1);
  });

  it("writes learnings.md with the human: their edit is in the next commit, and lines go on after it", async () => {
    const { service } = await openService();
    const disk = emptyDisk({ limit: 2 });
    const context = await contextOver(disk, deskOf(service, countingResearcher()));
    service.show(context.study, "");
    await runLoop(context, new Control());
    const base = service.view().learnings;
    await service.command({
      type: "learnings",
      base,
      text: base.replace("# Learnings", "# What I think\n\nMine."),
    });
    await context.journal.update(() => ({ limit: 4 }));
    await runLoop(context, new Control());
    const files = disk.commits.at(-1)?.experiment.notebookFiles as Record<string, string>;
    expect(files["learnings.md"]).toContain("Mine.");
    expect(files["learnings.md"].match(/^- #\d+ /gm)).toHaveLength(4);
  });
});

describe("the lab with a service", () => {
  it("answers the page's commands, publishes its view, and refuses a program with a key in it", async () => {
    const parts = await openService();
    const one = tab(browser(), { service: parts.service, researcher: countingResearcher() });
    await one.lab.open();
    await one.lab.command({ type: "models", ask: { type: "set", change: { researcher: "anthropic:m" } } });
    await one.lab.command({ type: "models", ask: { type: "key", key: KEY } });
    await expect(one.lab.command({ type: "save-program", text: KEY })).rejects.toThrow(
      /the key of anthropic/,
    );
    await one.lab.command({ type: "models", ask: { type: "set", change: { researcher: "builtin" } } });
    await one.lab.command({ type: "new-study", settings: { ...quick, experiments: 2 } });
    await one.until((state) => state.phase === "idle" && state.experiments.length === 2);
    expect(parts.service.view().learnings).toContain("- #1 keep");
  });
});
