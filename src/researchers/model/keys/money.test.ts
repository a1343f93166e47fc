import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UNKNOWN_USAGE } from "../wire/channel.ts";
import type { ModelConfig } from "./config.ts";
import { costOf, Ledger } from "./money.ts";
import { priceOf, PRICES, priceWords } from "./prices.ts";

const SONNET: ModelConfig = { provider: "anthropic", model: "claude-sonnet-5-5" };
const NEW: ModelConfig = { provider: "openai", model: "gpt-99" };
const usage = (input: number, output: number, more = {}) => ({ ...UNKNOWN_USAGE, input, output, ...more });

describe("prices", () => {
  it("are found for dated names and through OpenRouter, and are unknown otherwise", () => {
    expect(priceOf({ provider: "anthropic", model: "claude-haiku-4-5-20251001" })).toMatchObject({
      input: 1,
      output: 5,
    });
    expect(priceOf({ provider: "openrouter", model: "anthropic/claude-haiku-4.5" })).toMatchObject({
      input: 1,
    });
    expect(priceOf({ provider: "openrouter", model: "x/y:free" })).toMatchObject({ input: 0, output: 0 });
    expect(priceOf(NEW)).toBeNull();
    expect(priceOf({ provider: "openai", model: "claude-haiku-4-5" })).toBeNull();
    expect(priceOf({ provider: "compatible", model: "m", address: "http://localhost:1/v1" })).toMatchObject({
      input: 0,
    });
    expect(priceOf({ provider: "compatible", model: "m", address: "https://cloud.example/v1" })).toBeNull();
    const own = {
      provider: "openai" as const,
      model: "gpt-99",
      input: 1,
      output: 2,
      read: "2026-11-20",
      source: "me",
    };
    expect(priceOf(NEW, [own, ...PRICES])).toBe(own);
  });

  it("are shown with their day, as no charge on one's own machine, or as not known", () => {
    const local = { provider: "compatible", model: "m", address: "http://localhost:1/v1" } as const;
    expect(priceWords(local)).toBe("local, no charge");
    expect(priceWords({ provider: "openrouter", model: "x/y:free" })).toBe("no charge");
    expect(priceWords({ provider: "anthropic", model: "claude-haiku-4-5-20251001" })).toMatch(
      /^\$1 in, \$5 out per million tokens, read \d{4}-\d\d-\d\d$/,
    );
    expect(priceWords(NEW)).toMatch(/^not known/);
  });

  it("say when and where they were read", () => {
    for (const row of PRICES) {
      expect(row.read, row.model).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(row.source.length, row.model).toBeGreaterThan(10);
    }
  });
});

describe("the ledger", () => {
  it("counts cached tokens once, at their own price", () => {
    const price = { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 };
    expect(costOf(price, { input: 1e6, output: 0, cacheRead: 4e5, cacheWrite: 1e5 })).toBeCloseTo(
      1 + 0.08 + 0.25,
    );
    expect(
      costOf({ input: 2, output: 10 }, { input: 1e6, output: 1e5, cacheRead: 4e5, cacheWrite: null }),
    ).toBeCloseTo(3);
    expect(costOf(null, { input: 1, output: 1, cacheRead: null, cacheWrite: null })).toBeNull();
  });

  it("sums by call, by experiment, by night and per gain", () => {
    const ledger = new Ledger();
    const estimate = { input: 1000, output: 100 };
    ledger.book(SONNET, { at: 1, experiment: 1, usage: usage(100_000, 10_000), estimate });
    ledger.book(SONNET, { at: 2, experiment: 2, usage: UNKNOWN_USAGE, estimate });
    ledger.bookPerhaps(SONNET, { at: 3, experiment: 2, input: 50_000, output: 0 });
    expect(ledger.total(1).dollars).toBeCloseTo(0.3);
    expect(ledger.total(2)).toMatchObject({ calls: 2, unpriced: 0 });
    expect(ledger.total().perhaps).toBeCloseTo(0.1);
    expect(ledger.bookings.map(({ certainty }) => certainty)).toEqual(["billed", "estimated", "perhaps"]);
    expect(ledger.perHundredth(0.02)).toBeCloseTo(ledger.total().dollars / 2);
    expect(ledger.perHundredth(0)).toBeNull();
    const told = ledger.book(SONNET, {
      at: 4,
      experiment: 3,
      usage: usage(1, 1, { dollars: 0.5 }),
      estimate,
    });
    expect(told.dollars).toBe(0.5);
  });

  it("never lets the worst case of a call pass the cap", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(200_000), fc.nat(30_000), fc.boolean()), { maxLength: 60 }),
        (calls) => {
          const ledger = new Ledger({ caps: { dollars: 2 } });
          for (const [input, output, lost] of calls) {
            const permission = ledger.permit(SONNET, input, 16_000);
            if (!permission.allowed) continue;
            const answer = Math.min(output, permission.answerTokens);
            if (lost) ledger.bookPerhaps(SONNET, { at: 0, experiment: 0, input, output: answer });
            else
              ledger.book(SONNET, {
                at: 0,
                experiment: 0,
                usage: usage(input, answer),
                estimate: { input, output: answer },
              });
          }
          expect(ledger.total().dollars).toBeLessThanOrEqual(2 + 1e-9);
        },
      ),
    );
  });

  it("refuses with a reason, shortens the last answers, and persists over a reload", () => {
    const ledger = new Ledger({ caps: { dollars: 0.1 } });
    const permission = ledger.permit(SONNET, 20_000, 16_000);
    expect(permission).toMatchObject({ allowed: true, answerTokens: 5000 });
    ledger.book(SONNET, {
      at: 1,
      experiment: 1,
      usage: usage(20_000, 5_000),
      estimate: { input: 0, output: 0 },
    });
    const again = new Ledger({
      caps: { dollars: 0.1 },
      bookings: JSON.parse(JSON.stringify(ledger.bookings)) as typeof ledger.bookings,
    });
    expect(again.permit(SONNET, 20_000, 16_000)).toMatchObject({
      allowed: false,
      words: expect.stringMatching(/of \$0\.10 are left/) as string,
    });
    again.setCaps({ dollars: 1 });
    expect(again.permit(SONNET, 20_000, 16_000).allowed).toBe(true);
  });

  it("does not spend the rest twice on two calls at once", () => {
    const ledger = new Ledger({ caps: { dollars: 0.2, tokens: 30_000 } });
    const first = ledger.permit(SONNET, 20_000, 16_000);
    const release = ledger.hold(first);
    expect(ledger.permit(SONNET, 20_000, 16_000).allowed).toBe(false);
    release();
    expect(ledger.permit(SONNET, 20_000, 16_000)).toEqual(first);
    ledger.hold(ledger.permit(NEW, 10_000, 16_000));
    expect(ledger.permit(NEW, 10_000, 16_000).allowed).toBe(false);
  });

  it("treats an unknown price as unknown: tokens are capped, and it says so", () => {
    const ledger = new Ledger({ caps: { tokens: 50_000 } });
    expect(ledger.permit(NEW, 20_000, 16_000)).toMatchObject({
      allowed: true,
      answerTokens: 16_000,
      dollars: null,
    });
    const booking = ledger.book(NEW, {
      at: 1,
      experiment: 1,
      usage: usage(20_000, 12_000),
      estimate: { input: 0, output: 0 },
    });
    expect(booking.dollars).toBeNull();
    expect(ledger.total()).toMatchObject({ dollars: 0, unpriced: 1 });
    expect(ledger.perHundredth(0.1)).toBeNull();
    expect(ledger.permit(NEW, 20_000, 16_000)).toMatchObject({
      allowed: false,
      words: expect.stringMatching(/price of openai:gpt-99 is not known/) as string,
    });
  });
});
