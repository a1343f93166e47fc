// Every failure on the way to a model and back, in every wire format: the lab's reaction, its bookings, and the next
// proposal.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Ledger, mixedResearcher, type Proposal, type Researcher } from "../../src/researchers/index.ts";
import { systemClock } from "../../src/researchers/model/wire/clock.ts";
import { answerText, briefOf, SEED } from "../../src/researchers/model/testing/a-study.ts";
import { setConstants } from "../../src/researchers/source/constants.ts";
import { openLab, wordsOf } from "./lab.ts";
import { type Kind, type Play, type ProviderServer, startProvider } from "./server.ts";

let server: ProviderServer;
beforeAll(async () => {
  server = await startProvider();
});
afterEach(() => server.clear());
afterAll(() => server.close());

const GOOD: Play = { text: answerText(6), usage: { input: 3000, output: 100 } };
const form = { config: { tools: false } };
const kinds = ["anthropic", "openai", "compatible"] as const;
const count = async (act: () => Promise<unknown>) => {
  const from = server.received.length;
  await act();
  return server.received.length - from;
};

describe.each(kinds)("%s: a transient failure", (kind) => {
  const passing: readonly (readonly [name: string, play: Play, booked: "perhaps" | null])[] = [
    ["a timeout of the server (408)", { status: 408, message: "timeout" }, null],
    ["a conflict (409)", { status: 409, message: "conflict" }, null],
    [
      "a rate limit (429)",
      { status: 429, error: "rate_limit_error", message: "slow down", headers: { "retry-after": "3" } },
      null,
    ],
    ["an error of the server (500)", { status: 500, message: "oops" }, null],
    ["a proxy's page (502)", { status: 502, page: "<html>Bad gateway</html>" }, "perhaps"],
    ["no service (503)", { status: 503, message: "unavailable" }, null],
    ["an overload (529)", { status: 529, error: "overloaded_error", message: "Overloaded" }, null],
    ["a dead connection", { dead: true }, "perhaps"],
    ["a connection lost in the middle", { text: GOOD.text, middle: "drop" }, "perhaps"],
    ["a stream that ends too soon", { text: GOOD.text, middle: "close" }, "perhaps"],
    ["an error in the middle of the stream", { text: GOOD.text, middle: "error" }, "perhaps"],
  ];
  it.each(passing)("%s", async (_, play, booked) => {
    const lab = openLab(server, kind, form);
    server.play(play, GOOD);
    let proposal: Proposal | null = null;
    expect(await count(async () => (proposal = await lab.propose()))).toBe(2);
    expect(proposal).toMatchObject({ source: setConstants(SEED, { DEPTH: 6 }) });
    expect(lab.of("wait")).toHaveLength(1);
    expect(lab.ledger.bookings.map(({ certainty }) => certainty)).toEqual(
      booked === null ? ["billed"] : [booked, "billed"],
    );
    if (play.middle) expect(lab.ledger.bookings[0]?.outputTokens).toBeGreaterThan(0);
    expect(lab.researcher.availability()).toEqual({ state: "ready" });
  });

  it("waits for retry-after itself, without the provider's SDK", async () => {
    const lab = openLab(server, kind, form);
    const date = new Date(Math.ceil(lab.clock.now() / 1000) * 1000 + 20_000).toUTCString();
    server.play(
      { status: 429, headers: { "retry-after": "7" } },
      { status: 503, headers: { "retry-after": date } },
      GOOD,
    );
    expect(await count(() => lab.propose())).toBe(3);
    const [first = 0, second = 0] = lab.clock.slept;
    expect(first).toBe(7500);
    expect(second).toBeGreaterThan(10_000);
    expect(second).toBeLessThan(21_000);
  });

  it("pauses the model after a long retry-after, and resumes after it", async () => {
    const lab = openLab(server, kind, form);
    server.play({ status: 429, message: "quota of the hour", headers: { "retry-after": "1800" } });
    expect(await wordsOf(lab.propose())).toMatch(/rate limit/);
    expect(lab.researcher.availability()).toMatchObject({ state: "resting" });
    expect(await count(() => wordsOf(lab.propose()))).toBe(0);
    await lab.clock.sleep(1_801_000, new AbortController().signal);
    server.play(GOOD);
    expect((await lab.propose()).hypothesis).toContain("DEPTH");
    expect(lab.researcher.availability()).toEqual({ state: "ready" });
  });
});

describe.each(kinds)("%s: a permanent failure", (kind) => {
  const permanent: readonly (readonly [name: string, play: Play, words: RegExp])[] = [
    [
      "a wrong key (401)",
      { status: 401, error: "authentication_error", message: "invalid x-api-key" },
      /key is not accepted/,
    ],
    ["no credit (402)", { status: 402, message: "payment required" }, /no credit/],
    [
      "an empty account (429 insufficient_quota)",
      { status: 429, error: "insufficient_quota", message: "You exceeded your current quota" },
      /no credit/,
    ],
    [
      "an empty account (400)",
      { status: 400, error: "invalid_request_error", message: "Your credit balance is too low" },
      /no credit/,
    ],
    [
      "a forbidden model (403)",
      { status: 403, error: "permission_error", message: "not allowed" },
      /may not use this model/,
    ],
    [
      "no such model (404)",
      { status: 404, error: "not_found_error", message: "model: model" },
      /no such model/,
    ],
  ];
  it.each(permanent)("%s pauses the model with a message, and nothing is booked", async (_, play, words) => {
    const lab = openLab(server, kind, form);
    server.play(play);
    expect(await count(async () => expect(await wordsOf(lab.propose())).toMatch(words))).toBe(1);
    expect(lab.researcher.availability()).toMatchObject({
      state: "paused",
      words: expect.stringMatching(words) as string,
    });
    expect(lab.of("notice").at(-1)).toMatchObject({ level: "error" });
    expect(lab.ledger.bookings).toEqual([]);
    expect(await count(() => wordsOf(lab.propose()))).toBe(0);
    lab.researcher.resume();
    server.play(GOOD);
    expect((await lab.propose()).researcher).toBe(`${kind}:model`);
  });

  it("a refusal is asked once more, booked twice, and after three experiments the model is paused", async () => {
    const lab = openLab(server, kind, form);
    const refusal: Play = { text: "", end: "refusal", usage: { input: 1000, output: 5 } };
    for (let experiment = 0; experiment < 3; experiment++) {
      server.play(refusal, refusal);
      expect(await wordsOf(lab.propose())).toMatch(/refused/);
      await lab.clock.sleep(3_600_000, new AbortController().signal);
    }
    expect(lab.ledger.bookings).toHaveLength(6);
    expect(lab.researcher.availability().state).toBe("paused");
  });

  it("an empty answer is asked once more, and booked", async () => {
    const lab = openLab(server, kind, form);
    server.play({ usage: { input: 1000, output: 0 } }, GOOD);
    await lab.propose();
    expect(lab.ledger.bookings).toHaveLength(2);
    server.play({ text: "", end: "length" }, { text: "", end: "length" });
    expect(await wordsOf(lab.propose())).toMatch(/thoughts used up/);
  });

  it("an answer without end is ended, booked, and asked once more", async () => {
    const lab = openLab(server, kind, form);
    server.play({ endless: "const x = 1; // and so on\n" }, GOOD);
    await lab.propose();
    expect(lab.ledger.bookings[0]).toMatchObject({ certainty: "perhaps" });
    expect(lab.of("wait")[0]?.words).toMatch(/circles|not ended/);
  });

  it("an answer that was cut off goes back as too long", async () => {
    const lab = openLab(server, kind, form);
    server.play({ text: answerText(6).slice(0, 90), end: "length" }, GOOD);
    await lab.propose();
    expect(lab.of("sent-back")[0]?.words).toMatch(/cut off because it was too long/);
  });

  const long: Play = {
    status: 400,
    error: "invalid_request_error",
    message: "prompt is too long: 210000 tokens > 200000 maximum",
  };

  it("a prompt that is too long is cut until it fits", async () => {
    const learnings = "A pattern: nothing was gained by this, and it was not even close\n".repeat(600);
    const files = { config: { tools: false, promptTokens: 30_000 }, facts: () => ({ learnings }) };
    const lab = openLab(server, kind, files);
    server.play(long, GOOD);
    await lab.propose();
    const [first = 0, second = 0] = lab.of("prompt").map(({ tokens }) => tokens);
    expect(second).toBeLessThan(first * 0.6);
    expect(lab.of("prompt")[1]?.dropped).toContain("learnings but the last forty lines");
    expect(lab.ledger.bookings).toHaveLength(1);
  });

  it("a model that cannot read even the bare prompt says so", async () => {
    const lab = openLab(server, kind, form);
    server.play(...Array.from({ length: 7 }, () => long));
    expect(await wordsOf(lab.propose())).toMatch(
      /the shortest prompt has \d+ tokens, too many .*train\.ts \d+/,
    );
    expect(lab.ledger.bookings).toEqual([]);
  });

  it("silence in the middle ends with the watch", async () => {
    const lab = openLab(server, kind, {
      ...form,
      clock: systemClock,
      random: () => 0,
      limits: { silence: 60, total: 60_000, charactersPerToken: 12 },
    });
    server.play({ text: GOOD.text ?? "", middle: "silence" }, GOOD);
    await lab.propose();
    expect(lab.of("wait")[0]?.words).toMatch(/silent/);
    expect(lab.ledger.bookings[0]).toMatchObject({ certainty: "perhaps" });
  });
});

describe("the budget", () => {
  it("stops calls before they are made, also in the middle of a conversation, and pauses the model", async () => {
    const table = [
      {
        provider: "anthropic" as const,
        model: "model",
        input: 10,
        output: 50,
        read: "2026-11-20",
        source: "test",
      },
    ];
    const ledger = new Ledger({ caps: { dollars: 0.4 }, table });
    const lab = openLab(server, "anthropic", { ledger });
    const look = {
      tools: [{ name: "readFile", input: { path: "train.ts" } }],
      usage: { input: 3500, output: 900 },
    };
    server.play(...Array.from({ length: 12 }, () => look));
    const asked = await count(async () =>
      expect(await wordsOf(lab.propose())).toMatch(/of \$0\.40 are left/),
    );
    expect(asked).toBe(ledger.bookings.length);
    expect(ledger.total().dollars).toBeLessThanOrEqual(0.4);
    expect(server.received.at(-1)?.body.max_tokens).toBeLessThan(16_000);
    expect(lab.researcher.availability().state).toBe("paused");
    expect(await count(() => wordsOf(lab.propose()))).toBe(0);
  });

  it("says when a price is unknown, and stops after its tokens", async () => {
    const ledger = new Ledger({ caps: { tokens: 9_000 }, table: [] });
    const lab = openLab(server, "openai", { ...form, ledger });
    server.play({ ...GOOD, usage: { input: 6000, output: 100 } });
    await lab.propose();
    expect(lab.ledger.bookings[0]?.dollars).toBeNull();
    expect(await wordsOf(lab.propose())).toMatch(/price of openai:model is not known/);
  });

  it("takes the charge that OpenRouter reports", async () => {
    const lab = openLab(server, "openrouter", form);
    server.play({ ...GOOD, cost: 0.0421 });
    await lab.propose();
    expect(lab.ledger.total().dollars).toBe(0.0421);
  });
});

describe("a night", () => {
  it("of failures costs no slot: the optimiser fills in, and the model comes back", async () => {
    const lab = openLab(server, "anthropic", form);
    let fresh = 0;
    const optimiser: Researcher = {
      name: "built-in",
      free: true,
      propose: (brief) =>
        Promise.resolve({
          hypothesis: "h",
          category: "numeric",
          researcher: "built-in",
          source: setConstants(brief.source, { BATCH: 1000 + fresh++ }),
        }),
    };
    const mix = mixedResearcher({ model: lab.researcher, optimiser, share: 1 });
    const plays: Play[] = [
      ...Array.from({ length: 5 }, () => ({ status: 500 })),
      { status: 429, headers: { "retry-after": "900" } },
      { text: "nonsense" },
      { text: "nonsense" },
      { text: "nonsense" },
      { status: 401 },
    ];
    server.play(...plays);
    const pending = [{ number: 0, source: "x", hypothesis: "", category: "" }];
    const signal = new AbortController().signal;
    const who: string[] = [];
    for (let number = 1; number <= 8; number++) {
      who.push((await mix.propose(briefOf({ number, pending }), signal)).researcher);
      await lab.clock.sleep(1_000_000, signal);
    }
    expect(who).toEqual(Array.from({ length: 8 }, () => "built-in"));
    expect(lab.researcher.availability().state).toBe("paused");
    lab.researcher.resume();
    server.play(GOOD);
    expect((await mix.propose(briefOf({ number: 9, pending }), signal)).researcher).toBe("anthropic:model");
  });

  it("can be stopped in the middle of an answer", async () => {
    const stop = new AbortController();
    const kind: Kind = "compatible";
    const lab = openLab(server, kind, form);
    server.play({ text: GOOD.text ?? "", middle: "silence" });
    setTimeout(() => stop.abort(), 50);
    await expect(lab.propose(briefOf(), stop.signal)).rejects.toMatchObject({ code: "cancelled" });
    expect(lab.ledger.bookings).toMatchObject([{ certainty: "perhaps" }]);
    expect(lab.researcher.availability()).toEqual({ state: "ready" });
  });
});
