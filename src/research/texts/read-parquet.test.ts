import { describe, expect, test, vi } from "vitest";
import { inWorker } from "./read-parquet.ts";

describe("the worker of a Parquet file", () => {
  test("whose reader is stuck, fails or has no memory ends in one line, and so does its worker", async () => {
    type Fake = Parameters<typeof inWorker>[0];
    const stuck = (answer: (worker: Fake) => void) => {
      const worker: Fake & { ended: boolean } = {
        ended: false,
        onmessage: null,
        onerror: null,
        terminate: () => void (worker.ended = true),
        postMessage: () => {
          answer(worker);
        },
      };
      return worker;
    };
    const reply = (data: unknown) => (worker: Fake) =>
      worker.onmessage?.call(worker as Worker, { data } as MessageEvent);
    const cases: [answer: (worker: Fake) => void, line: RegExp][] = [
      [() => undefined, /^a\.parquet cannot be read, got nothing for 0\.02 s \(it is damaged/],
      [
        (worker) => worker.onerror?.call(worker as Worker, { message: "" } as ErrorEvent),
        /^a\.parquet cannot be read, got no memory for it/,
      ],
      [
        reply({ type: "refused", code: "corpus", message: "a.parquet is damaged" }),
        /^a\.parquet is damaged$/,
      ],
    ];
    for (const [answer, line] of cases) {
      const worker = stuck(answer);
      await expect(inWorker(worker, "a.parquet", new Blob(), { patience: 20 }).next()).rejects.toThrow(line);
      expect(worker.ended).toBe(true);
    }
  });
  test("can be cancelled while its reader is stuck", async () => {
    const control = new AbortController();
    const terminate = vi.fn();
    const worker = { onmessage: null, onerror: null, terminate, postMessage: () => undefined };
    const next = inWorker(worker, "a.parquet", new Blob(), { signal: control.signal }).next();
    control.abort();
    await expect(next).rejects.toMatchObject({ code: "cancelled" });
    expect(terminate).toHaveBeenCalled();
  });
});
