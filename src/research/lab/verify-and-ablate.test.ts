// Verify and ablate, from the page's command to the page's state: a real repository, and a runner of computed scores.
import { describe, expect, it } from "vitest";
import { openRepository } from "../../repo/index.ts";
import type { RunRequest, RunResult } from "../../runner/index.ts";
import type { ReplayView } from "../contract/lab-state.ts";
import { browser, device, quick, storeOf, tab } from "../testing/lab-in-a-tab.ts";
import { failed, runnerOf, scoredIn, sourceOf } from "../testing/loop-fakes.ts";

/** A train.ts of five values; each kept change alters one of them. */
const source = (...values: readonly number[]) =>
  values.map((value, i) => `const V${i} = ${value}; use(V${i});\n// gap\n// gap`).join("\n");
const valuesIn = (text: string) => [...text.matchAll(/const V\d = (\d+);/g)].map((match) => Number(match[1]));

/** Only the first and third value matter: 1 in the first gains 0.5, 1 in the third costs 0.2 when both are there. */
const truth = (text: string) => {
  const [a = 0, , c = 0] = valuesIn(text);
  return 5 - 0.5 * a + (c === 1 ? 0.2 : 0);
};
const wobble = (seed: number) => [0.0004, -0.0003, 0.0007, -0.0006, 0.0001][seed % 5] ?? 0;
const judge = ({ source: text, seed }: RunRequest): RunResult => scoredIn(truth(text) + wobble(seed));
const measured = (run = judge) => ({ ...runnerOf(run), measure: () => Promise.resolve(device) });

const paired = { ...quick, train: source(0, 0, 0), rule: "paired" as const, experiments: 4 };

/** A study whose kept changes are: first value (real), second (nothing, kept by Karpathy's luck), third (harmful). */
async function studied() {
  const home = browser();
  const steps = [source(1, 0, 0), source(1, 1, 0), source(1, 1, 1)];
  const lucky = (request: RunRequest) => {
    const values = valuesIn(request.source);
    // The single run was lucky, so Karpathy's rule kept the change.
    return scoredIn(
      judge(request).status === "scored"
        ? truth(request.source) -
            0.3 * (values[1] ?? 0) * 0.01 -
            0.21 * (values[2] ?? 0) +
            wobble(request.seed)
        : 9,
    );
  };
  const at = tab(home, { runner: measured(lucky) });
  await at.lab.open();
  await at.lab.command({ type: "new-study", settings: { ...paired, rule: "karpathy", experiments: 1 } });
  await at.until(({ phase, experiments }) => phase === "idle" && experiments.length === 1);
  for (const [i, text] of steps.entries()) {
    await at.lab.command({ type: "submit-proposal", source: text, hypothesis: `Step ${i + 1}` });
    await at.lab.command({ type: "start", settings: { experiments: i + 2 } });
    await at.until(({ phase, experiments }) => phase === "idle" && experiments.length === i + 2);
  }
  return { home, at };
}

describe("verify", () => {
  it("runs an experiment again with its seed and says that an honest claim holds", async () => {
    const runner = measured();
    const { lab, state, until } = tab(browser(), { runner });
    await lab.open();
    await lab.command({ type: "new-study", settings: { ...paired, experiments: 1 } });
    await until(({ phase }) => phase === "idle");
    const before = runner.requests.length;
    const found = (await lab.command({ type: "verify", number: 0 })) as ReplayView;
    // The noise is known from the baseline's three runs: one run is enough.
    expect(runner.requests.slice(before).map(({ seed }) => seed)).toEqual([1]);
    expect(found).toMatchObject({ holds: true, number: 0, runs: 1, commit: state().experiments[0]?.commit });
    expect(found.reason).toMatch(/^claimed 4\.999\d, measured .* within the noise$/);
    expect(state()).toMatchObject({ phase: "idle", sideTask: null, current: null, replays: [found] });
  });

  it("does the same for a bundle in a browser that never saw the study, and finds out a forged score", async () => {
    const first = tab(browser(), { runner: measured() });
    await first.lab.open();
    await first.lab.command({ type: "new-study", settings: { ...paired, experiments: 1 } });
    await first.until(({ phase }) => phase === "idle");
    const bundle = (await first.lab.command({ type: "export-bundle" })) as Uint8Array;
    const ask = { type: "verify-bundle", bytes: bundle, commit: null, runs: null } as const;

    const honest = tab(browser(), { runner: measured() });
    await honest.lab.open();
    const held = (await honest.lab.command(ask)) as ReplayView;
    expect(held).toMatchObject({ holds: true, number: 0 });
    expect(honest.state()).toMatchObject({ study: null, studies: [], phase: "idle" });

    // The same bundle where train.ts really scores 0.02 worse: the claim was made up.
    const forged = tab(browser(), {
      runner: measured((request) => scoredIn(truth(request.source) + 0.02 + wobble(request.seed))),
    });
    await forged.lab.open();
    const found = (await forged.lab.command(ask)) as ReplayView;
    expect(found.holds).toBe(false);
    expect(found.reason).toContain("beyond the noise");
    const commit = first.state().experiments[0]?.commit.slice(0, 8) ?? "";
    // A claim that is far too modest fails too: another run of the same tokens would not score so much better.
    const modest = tab(browser(), {
      runner: measured((request) => scoredIn(truth(request.source) - 0.02 + wobble(request.seed))),
    });
    await modest.lab.open();
    const better = (await modest.lab.command(ask)) as ReplayView;
    expect(better.holds).toBe(false);
    expect(better.reason).toMatch(/ lower, beyond the noise$/);
    expect(await forged.lab.command({ ...ask, commit })).toMatchObject({ holds: false, number: 0 });
    await expect(forged.lab.command({ ...ask, commit: "feedbeef" })).rejects.toThrow("has no feedbeef");
  });

  it("reports different amounts of training, and accepts a better score of a faster machine", async () => {
    const first = tab(browser(), { runner: measured() });
    await first.lab.open();
    await first.lab.command({ type: "new-study", settings: { ...paired, experiments: 1 } });
    await first.until(({ phase }) => phase === "idle");
    const bytes = (await first.lab.command({ type: "export-bundle" })) as Uint8Array;
    const ask = { type: "verify-bundle", bytes, commit: null, runs: null } as const;
    const again = async (tokens: number, change: number) => {
      const run = (request: RunRequest): RunResult => ({
        ...scoredIn(truth(request.source) + change + wobble(request.seed)),
        tokens,
      });
      const other = tab(browser(), { runner: measured(run) });
      await other.lab.open();
      return (await other.lab.command(ask)) as ReplayView;
    };
    const words = "; trained 30 tokens here, 10 for the claim (300 %)";
    expect(await again(30, 0)).toMatchObject({ holds: true, tokens: 30, claimedTokens: 10 });
    expect((await again(30, 0)).reason).toContain(`within the noise${words}`);
    const faster = await again(30, -0.02);
    expect(faster).toMatchObject({ holds: true });
    expect(faster.reason).toContain(`lower, beyond the noise${words}`);
    const slower = await again(5, 0.02);
    expect(slower).toMatchObject({ holds: false });
    expect(slower.reason).toContain(
      "higher, beyond the noise; trained 5 tokens here, 10 for the claim (50 %)",
    );
    expect((await again(5, -0.02)).holds).toBe(false);
  });

  it("runs nothing for a study whose commits say other scores than its records, on the page as from a bundle", async () => {
    const home = browser();
    const runner = measured();
    const at = tab(home, {
      runner,
      store: {
        ...storeOf(home),
        openRepository: async (store, options) => {
          const repository = await storeOf(home).openRepository(store, options);
          const commit = repository.commitExperiment.bind(repository);
          repository.commitExperiment = (experiment) =>
            commit({
              ...experiment,
              trailers: experiment.trailers.map(([key, value]) => [
                key,
                key === "Val-Bpb" ? "1.000000" : value,
              ]),
            });
          return repository;
        },
      },
    });
    await at.lab.open();
    await at.lab.command({ type: "new-study", settings: { ...paired, experiments: 1 } });
    await at.until(({ phase }) => phase === "idle");
    const bytes = (await at.lab.command({ type: "export-bundle" })) as Uint8Array;
    const before = runner.requests.length;
    const found = (await at.lab.command({ type: "verify", number: 0 })) as ReplayView;
    expect(found).toMatchObject({ holds: false, number: 0, commit: at.state().experiments[0]?.commit });
    expect(found.reason).toMatch(/#0: its commit says Val-Bpb 1\.000000, its record 4\.999\d+, and 1 more$/);
    expect(at.state().replays).toEqual([found]);
    const ask = { type: "verify-bundle", bytes, commit: null, runs: null } as const;
    expect(await at.lab.command(ask)).toEqual(found);
    expect(runner.requests.length).toBe(before);
  });

  it("measures the noise itself where the study did not, and says when train.ts does not run", async () => {
    const { at } = await studied();
    const found = (await at.lab.command({ type: "verify", number: 1 })) as ReplayView;
    expect(found).toMatchObject({ runs: 3, holds: true });
    const broken = tab(browser(), { runner: measured(() => failed("crash", "train.ts:1: no")) });
    await broken.lab.open();
    const bytes = (await at.lab.command({ type: "export-bundle" })) as Uint8Array;
    const lost = (await broken.lab.command({
      type: "verify-bundle",
      bytes,
      commit: "2",
      runs: 1,
    })) as ReplayView;
    expect(lost).toMatchObject({ holds: false, measured: null, number: 2 });
    expect(lost.reason).toContain("run again it ended as crash: train.ts:1: no");
  });

  it("says that the text is another one, with a hint", async () => {
    const first = tab(browser(), { runner: measured() });
    await first.lab.open();
    await first.lab.command({
      type: "import-corpus",
      files: [{ file: new Blob(["a text of my own"]), name: "mine.txt" }],
    });
    await first.lab.command({ type: "new-study", settings: { ...paired, experiments: 1 } });
    await first.until(({ phase }) => phase === "idle");
    const bytes = (await first.lab.command({ type: "export-bundle" })) as Uint8Array;
    const other = tab(browser(), { runner: measured() });
    await other.lab.open();
    const ask = { type: "verify-bundle", bytes, commit: null, runs: null } as const;
    await expect(other.lab.command(ask)).rejects.toThrow(
      /^the text of study .* is not here, got packages \(embedded\), expected mine\.txt \(hash of a te\) \(bring the file.*--text FILE/,
    );
    expect(other.state().phase).toBe("idle");
    await other.lab.command({
      type: "import-corpus",
      files: [{ file: new Blob(["a text of my own"]), name: "again.txt" }],
    });
    expect(await other.lab.command(ask)).toMatchObject({ holds: true });
  });

  it("stops at Stop now, and refuses an experiment without a score", async () => {
    const hanging = runnerOf((request) => (request.id.includes("/verify/") ? null : judge(request)));
    const { lab, state, until } = tab(browser(), {
      runner: { ...hanging, measure: () => Promise.resolve(device) },
    });
    await lab.open();
    await lab.command({ type: "new-study", settings: { ...paired, experiments: 1 } });
    await until(({ phase }) => phase === "idle");
    const asked = Promise.resolve(lab.command({ type: "verify", number: 0 })).catch(
      (error: unknown) => error,
    );
    await until(({ sideTask, current }) => sideTask?.type === "verify" && current?.stage === "training");
    expect(state().phase).toBe("running");
    await lab.command({ type: "stop-now" });
    expect(await asked).toMatchObject({ code: "cancelled" });
    expect(state()).toMatchObject({ phase: "idle", sideTask: null, replays: [] });
    await expect(lab.command({ type: "verify", number: 7 })).rejects.toThrow("has no 7");
  });
});

describe("ablation", () => {
  it("tells which kept change is real, which rides along and which harms, each reverted alone", async () => {
    const { home, at } = await studied();
    expect(at.state().experiments.map((e) => e.status)).toEqual(["keep", "keep", "keep", "keep"]);
    const runner = measured();
    const again = tab(home, { runner });
    await again.lab.open();
    await again.lab.command({ type: "ablate" });
    const { ablation } = again.state();
    expect(ablation).toMatchObject({ number: 3, done: true, incumbent: again.state().study?.incumbent });
    expect(ablation?.rows.map((r) => [r.number, r.status])).toEqual([
      [1, "real"],
      [2, "rides along"],
      [3, "harmful"],
    ]);
    const [real, rides, harmful] = ablation?.rows ?? [];
    expect(real?.gain).toBeCloseTo(0.5, 1);
    expect(real?.reason).toMatch(/worse without it: P\(it helps\) /);
    expect(Math.abs(rides?.gain ?? 1)).toBeLessThan(0.15);
    expect(harmful?.gain).toBeLessThan(-0.1);
    // The run used the incumbent without that one change.
    const sources = new Set(runner.requests.map((r) => r.source));
    expect(sources).toContain(source(0, 1, 1));
    expect(sources).toContain(source(1, 0, 1));
    expect(sources).toContain(source(1, 1, 0));
    // It is still there after a reload.
    const later = tab(home);
    await later.lab.open();
    expect(later.state().ablation).toEqual(ablation);
  });

  it("resumes where it was stopped, without repeating finished runs", async () => {
    const { home } = await studied();
    let left = 2;
    const stopping = runnerOf((request) => (left-- > 0 ? judge(request) : null));
    const first = tab(home, { runner: { ...stopping, measure: () => Promise.resolve(device) } });
    await first.lab.open();
    const asked = first.lab.command({ type: "ablate" });
    await first.until(() => stopping.requests.length === 3);
    await first.lab.command({ type: "stop-now" });
    await asked;
    expect(first.state()).toMatchObject({ phase: "idle", ablation: { done: false } });
    const runner = measured();
    const second = tab(home, { runner });
    await second.lab.open();
    await second.lab.command({ type: "ablate" });
    expect(second.state().ablation?.done).toBe(true);
    // The run that was stopped is the first to be repeated, and no other is.
    const ids = [...stopping.requests.slice(0, 2), ...runner.requests].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(runner.requests[0]?.id).toBe(stopping.requests[2]?.id);
  });

  it("refuses a study without kept changes, and marks each change as entangled, rides along or real", async () => {
    const home = browser();
    const texts = [sourceOf(0), `${sourceOf(0)}more(1);\n`, `${sourceOf(0)}more(2);\n`];
    const score = ({ source: text }: RunRequest) => {
      if (!text.includes("more") && text.includes("extra")) return failed("crash", "train.ts:3: no more");
      return scoredIn(5 - texts.indexOf(text) - (text.includes("extra") ? 4 : 0));
    };
    const { lab, state, until } = tab(home, { runner: measured(score) });
    await lab.open();
    await expect(lab.command({ type: "ablate" })).rejects.toThrow("no study yet");
    await lab.command({ type: "new-study", settings: { ...quick, train: texts[0], experiments: 1 } });
    await until(({ phase }) => phase === "idle");
    await expect(lab.command({ type: "ablate" })).rejects.toThrow("nothing to ablate");
    const proposals = [...texts.slice(1), `extra();\n// gap\n${texts[2] ?? ""}`];
    for (const [i, text] of proposals.entries()) {
      await lab.command({ type: "submit-proposal", source: text, hypothesis: `Step ${i + 1}` });
      await lab.command({ type: "start", settings: { experiments: i + 2 } });
      await until(({ phase, experiments }) => phase === "idle" && experiments.length === i + 2);
    }
    expect(state().experiments.map((e) => e.status)).toEqual(["keep", "keep", "keep", "keep"]);
    await lab.command({ type: "ablate" });
    expect(state().ablation?.rows.map((r) => r.status)).toEqual(["entangled", "rides along", "real"]);
  });
});

describe("the hidden test", () => {
  it("is shown for the frontier, kept in the notebook, and absent from the commits", async () => {
    const home = browser();
    const runner = measured((request) => {
      const result = judge(request);
      const { wantTest } = request;
      const wanted = result.status === "scored" && typeof wantTest === "function" && wantTest(result);
      return wanted ? { ...result, testBpb: 6.5 } : result;
    });
    const { lab, state, until } = tab(home, { runner });
    await lab.open();
    await lab.command({ type: "new-study", settings: { ...paired, experiments: 2 } });
    await until(({ phase }) => phase === "idle");
    expect(state().experiments.map((e) => e.hidden?.testBpb ?? null)).toEqual([6.5, null]);
    const repository = await openRepository({ store: home.store, readOnly: true });
    const { message } = await repository.readCommit(state().experiments[0]?.commit ?? "");
    expect(message).not.toContain("6.5");
    const later = tab(home);
    await later.lab.open();
    expect(later.state().experiments[0]?.hidden?.testBpb).toBe(6.5);
  });
});
