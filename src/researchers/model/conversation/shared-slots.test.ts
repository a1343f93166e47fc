import { describe, expect, it } from "vitest";
import { LabError } from "../../../error.ts";
import type { Brief, HistoryEntry, Proposal, Researcher } from "../../researcher.ts";
import { setConstants } from "../../source/constants.ts";
import type { Availability } from "./events.ts";
import { failure, failureError } from "../wire/failure.ts";
import { byResearcher } from "../material/insight.ts";
import { systemClock } from "../wire/clock.ts";
import { mixedResearcher, rebase, type Sharing } from "./shared-slots.ts";
import { BASELINE, briefOf, entry, SEED } from "../testing/a-study.ts";

/** A clock whose waits all end after 20 ms, when other work is ready. */
const PROMPT = {
  now: () => Date.now(),
  sleep: (_: number, stop: AbortSignal) => systemClock.sleep(20, stop),
};
const signal = new AbortController().signal;
const proposalOf = (researcher: string, source: string): Proposal => ({
  hypothesis: "h",
  source,
  category: "numeric",
  researcher,
});

let fresh = 0;
const optimiser: Researcher = {
  name: "built-in",
  free: true,
  propose: (brief) =>
    Promise.resolve(proposalOf("built-in", setConstants(brief.source, { BATCH: 1000 + fresh++ }))),
};

function model(answer: (brief: Brief) => Promise<string>) {
  const state = { availability: { state: "ready" } as Availability, asked: 0 };
  const researcher: Sharing = {
    name: "model",
    free: false,
    availability: () => state.availability,
    propose: async (brief) => {
      state.asked++;
      return proposalOf("model", await answer(brief));
    },
  };
  return { ...state, state, researcher };
}

const deeper = (brief: Brief) => Promise.resolve(setConstants(brief.source, { DEPTH: 100 + fresh++ }));

/** Runs `count` experiments, each of which `judge` may keep. */
async function study(
  researcher: Researcher,
  count: number,
  judge: (n: number) => "keep" | "discard" = () => "discard",
) {
  const history: HistoryEntry[] = [BASELINE];
  let source = SEED;
  for (let n = 1; n <= count; n++) {
    const proposal = await researcher.propose(briefOf({ number: n, history: [...history], source }), signal);
    const status = judge(n);
    history.push(entry(n, { ...proposal, status, parent: 0 }));
    if (status === "keep") source = proposal.source;
  }
  return history;
}

describe("a shared study", () => {
  it("gives the model its share, spread evenly, and credits each gain to its researcher", async () => {
    const mix = mixedResearcher({
      model: model(deeper).researcher,
      optimiser,
      share: 0.3,
      clock: PROMPT,
    });
    const history = await study(mix, 100);
    const models = history.filter(({ researcher }) => researcher === "model");
    expect(models.length).toBeGreaterThanOrEqual(28);
    expect(models.length).toBeLessThanOrEqual(34);
    const gaps = models.slice(1).map(({ number }, i) => number - (models[i]?.number ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5);
    expect(byResearcher(history).map(({ name }) => name)).toEqual(["built-in", "model"]);
  });

  it("can be all the model's or all the optimiser's", async () => {
    const all = mixedResearcher({ model: model(deeper).researcher, optimiser, share: 1, clock: PROMPT });
    expect((await study(all, 10)).slice(1).every(({ researcher }) => researcher === "model")).toBe(true);
    const none = model(deeper);
    await study(mixedResearcher({ model: none.researcher, optimiser, share: 0, clock: PROMPT }), 10);
    expect(none.state.asked).toBe(0);
    expect(() => mixedResearcher({ model: none.researcher, optimiser, share: 30 })).toThrow(/fraction/);
  });

  it("fills in at once when the model fails, rests or is paused, and says why", async () => {
    const notices: string[] = [];
    const failing = model(() => Promise.reject(failureError(failure("server", "the provider has trouble"))));
    const options = {
      optimiser,
      share: 1,
      clock: PROMPT,
      onEvent: (e: { type: string; words?: string }) => notices.push(e.words ?? ""),
    };
    const mix = mixedResearcher({ ...options, model: failing.researcher });
    expect((await study(mix, 3)).slice(1).every(({ researcher }) => researcher === "built-in")).toBe(true);
    expect(notices[0]).toBe("built-in fills in for model: the provider has trouble");
    failing.state.availability = { state: "paused", words: "no key" };
    const asked = failing.state.asked;
    await study(mix, 3);
    expect(failing.state.asked).toBe(asked);
  });

  it("does not let an idle GPU wait for a slow model, and uses the late answer for a later slot", async () => {
    let answer: (source: string) => void = () => undefined;
    const slow = model(() => new Promise((resolve) => (answer = resolve)));
    const mix = mixedResearcher({ model: slow.researcher, optimiser, share: 1, clock: PROMPT });
    const first = await mix.propose(briefOf({ number: 1 }), signal);
    expect(first.researcher).toBe("built-in");
    answer(setConstants(SEED, { DEPTH: 7 }));
    const incumbent = setConstants(SEED, { WARMUP: 0.1 });
    const history = [BASELINE, entry(1, { source: first.source })];
    const second = await mix.propose(briefOf({ number: 2, history, source: incumbent }), signal);
    expect(second.source).toBe(setConstants(incumbent, { DEPTH: 7 }));
    expect(slow.state.asked).toBe(1);
  });

  it("counts a rebased answer as used once it has run", async () => {
    let answer: (source: string) => void = () => undefined;
    const slow = model(() => new Promise((resolve) => (answer = resolve)));
    const mix = mixedResearcher({ model: slow.researcher, optimiser, share: 1, clock: PROMPT });
    const first = await mix.propose(briefOf({ number: 1 }), signal);
    answer(setConstants(SEED, { DEPTH: 7 }));
    const incumbent = setConstants(SEED, { WARMUP: 0.1 });
    const history = [BASELINE, entry(1, { source: first.source })];
    const second = await mix.propose(briefOf({ number: 2, history, source: incumbent }), signal);
    // A second request for the same slot gets it again; once it has run it is gone, whichever the incumbent.
    expect((await mix.propose(briefOf({ number: 2, history, source: incumbent }), signal)).source).toBe(
      second.source,
    );
    const later = [...history, entry(2, { source: second.source, researcher: "model" })];
    await mix.propose(
      briefOf({ number: 3, history: later, source: setConstants(SEED, { WARMUP: 0.2 }) }),
      signal,
    );
    expect(slow.state.asked).toBe(2);
  });

  it("waits during a run until hurry() is called", async () => {
    const slow = model(() => new Promise(() => undefined));
    const mix = mixedResearcher({ model: slow.researcher, optimiser, share: 1, clock: PROMPT });
    const pending = [{ number: 1, source: "x", hypothesis: "", category: "" }];
    const waiting = mix.propose(briefOf({ number: 2, pending }), signal);
    const early = await Promise.race([
      waiting,
      new Promise((resolve) => setTimeout(() => resolve("waiting"), 30)),
    ]);
    expect(early).toBe("waiting");
    mix.hurry();
    expect((await waiting).researcher).toBe("built-in");
  });

  it("sends a rejection back to the researcher that proposed, and asks the model when the optimiser has nothing left", async () => {
    const asking = model(deeper);
    const mix = mixedResearcher({ model: asking.researcher, optimiser, share: 0.5, clock: PROMPT });
    const first = await mix.propose(briefOf({ number: 1 }), signal);
    const again = await mix.propose(briefOf({ number: 1, rejected: [{ ...first, reason: "no" }] }), signal);
    expect([first.researcher, again.researcher]).toEqual(["model", "model"]);
    const empty: Researcher = {
      ...optimiser,
      propose: () => Promise.reject(new LabError("proposal", "nothing left")),
    };
    const last = mixedResearcher({
      model: model(deeper).researcher,
      optimiser: empty,
      share: 0.01,
      clock: PROMPT,
    });
    const history = [BASELINE, entry(1, { researcher: "model" })];
    expect((await last.propose(briefOf({ number: 2, history }), signal)).researcher).toBe("model");
  });

  it("stops when its signal aborts", async () => {
    const mix = mixedResearcher({ model: model(deeper).researcher, optimiser, clock: PROMPT });
    await expect(mix.propose(briefOf(), AbortSignal.abort())).rejects.toThrow(/no longer wanted/);
  });
});

describe("rebase", () => {
  const asked = briefOf({});
  it("carries constants by their names, also neighbours", () => {
    const proposal = proposalOf("model", setConstants(SEED, { HEADS: 8, MATRIX_LR: 0.05 }));
    const now = briefOf({ source: setConstants(SEED, { DEPTH: 6, HEAD_DIM: 48, EMBED_LR: 0.3 }) });
    expect(rebase(proposal, asked, now)?.source).toBe(
      setConstants(now.source, { HEADS: 8, MATRIX_LR: 0.05 }),
    );
    expect(rebase(proposal, asked, briefOf({ source: setConstants(SEED, { HEADS: 2 }) }))).toBeNull();
  });

  it("carries a change over to a new incumbent, unless both touch the same lines or it is no longer new", () => {
    const gelu = proposalOf("model", SEED.replace(".relu().square()", ".gelu()"));
    const now = briefOf({ source: setConstants(SEED, { DEPTH: 6 }) });
    expect(rebase(gelu, asked, now)?.source).toBe(setConstants(gelu.source, { DEPTH: 6 }));
    expect(rebase(gelu, asked, briefOf({ source: SEED.replace(".relu().square()", ".silu()") }))).toBeNull();
    expect(
      rebase(gelu, asked, briefOf({ history: [BASELINE, entry(1, { source: gelu.source })] })),
    ).toBeNull();
  });
});
