// Uses a key for a whole evening, through success and failure. Afterwards no event, transcript, booking, error, log or
// stored text contains it: only the header of the requests did.
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { scanForKeys, sealKeys, testConnection } from "../../src/researchers/index.ts";
import { failureOf } from "../../src/researchers/model/wire/failure.ts";
import { answerText, briefOf, SEED } from "../../src/researchers/model/testing/a-study.ts";
import { KEY, openLab } from "./lab.ts";
import { KINDS, type Play, type ProviderServer, startProvider } from "./server.ts";

let server: ProviderServer;
beforeAll(async () => {
  server = await startProvider();
});
afterAll(() => server.close());

const PLAYS: readonly Play[] = [
  { text: answerText(6) },
  { status: 401, message: `Incorrect API key provided: ${KEY}` },
  { status: 400, page: `<html>Authorization: Bearer ${KEY}</html>` },
  { status: 500, message: `upstream said no to ${KEY}` },
  { text: answerText(7, `As your key is ${KEY}, raise DEPTH`) },
  { text: `half an answer with ${KEY} in it and some more words`, middle: "error", message: KEY },
  { dead: true },
];

it.each(KINDS)(
  "%s leaks no key",
  async (kind) => {
    const logged: unknown[] = [];
    const consoles = (["log", "warn", "error", "info", "debug"] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...values) => {
        logged.push(...values);
      }),
    );
    const from = server.received.length;
    const policy = { attempts: 1, firstWait: 1, longestWait: 1, patience: 0 };
    const kept: unknown[] = [];
    // The person also pasted the key into program.md.
    const brief = briefOf({ program: `My key is ${KEY}. Lower val_bpb.`, source: SEED });
    for (const play of PLAYS) {
      const lab = openLab(server, kind, {
        policy,
        config: { tools: false },
        facts: () => ({ notes: [`use ${KEY}`], learnings: KEY }),
      });
      server.play(play, play);
      try {
        kept.push(await lab.propose(brief));
      } catch (error) {
        const { message, stack } = error as Error;
        kept.push(message, stack, failureOf(error), JSON.stringify(error));
        // An error's cause must not contain the request either.
        for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
          kept.push(cause.message, cause);
      }
      kept.push(
        lab.events,
        lab.ledger.bookings,
        lab.ledger,
        lab.keys,
        lab.researcher.availability(),
        lab.researcher,
      );
      server.clear();
      server.play(play);
      server.answerProbes({ status: 200, body: { data: [{ id: "model" }], echo: KEY } });
      kept.push(await testConnection(lab.researcher.config, { keys: lab.keys, ledger: lab.ledger }));
      server.clear();
    }
    kept.push(await sealKeys(openLab(server, kind).keys, "a passphrase"));
    for (const spy of consoles) spy.mockRestore();
    expect(logged).toEqual([]);
    expect(scanForKeys(JSON.stringify(kept), [["test", KEY]])).toEqual([]);
    for (const { text, path, headers } of server.received.slice(from)) {
      expect(text + path).not.toContain(KEY);
      expect(JSON.stringify(headers)).toContain(KEY);
    }
  },
  60_000,
);
