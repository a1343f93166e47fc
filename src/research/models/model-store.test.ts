import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dropModels, keepModel, keptModel, keptModels } from "./model-store.ts";

const stored = new Map<string, Response>();
let isFull = false;
const urlOf = (request: RequestInfo) => (request instanceof Request ? request.url : request);
const cache = {
  put: (url: string, response: Response) => {
    if (isFull) return Promise.reject(new DOMException("Quota exceeded.", "QuotaExceededError"));
    return Promise.resolve(void stored.set(url, response));
  },
  match: (request: RequestInfo) => Promise.resolve(stored.get(urlOf(request))?.clone()),
  keys: () => Promise.resolve([...stored.keys()].map((url) => new Request(url))),
  delete: (request: RequestInfo) => Promise.resolve(stored.delete(urlOf(request))),
};

beforeEach(() => {
  stored.clear();
  isFull = false;
  vi.stubGlobal("location", { origin: "http://localhost:4600" });
  vi.stubGlobal("caches", { open: () => Promise.resolve(cache) });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const file = (bytes = 10) => new Uint8Array(bytes).fill(7);

describe("models in the browser", () => {
  it("are found by study and number; a later run of an experiment replaces its model", async () => {
    await keepModel({ study: "nov30", number: 11 }, file(3));
    await keepModel({ study: "nov30", number: 2 }, file(4));
    await keepModel({ study: "nov30", number: 2 }, file(5));
    await keepModel({ study: "an other/one", number: 5 }, file(6));
    expect(await keptModels("nov30")).toEqual([2, 11]);
    expect(await keptModels("an other/one")).toEqual([5]);
    expect((await keptModel({ study: "nov30", number: 2 }))?.byteLength).toBe(5);
    expect(await keptModel({ study: "nov30", number: 3 })).toBeNull();
  });
  it("are refused in one line where there is no room, and the others stay", async () => {
    await keepModel({ study: "nov30", number: 1 }, file());
    isFull = true;
    await expect(keepModel({ study: "nov30", number: 2 }, file())).rejects.toMatchObject({ code: "full" });
    expect(await keptModels("nov30")).toEqual([1]);
  });
  it("go where they are too many: other studies, then discarded ones, then old kept ones", async () => {
    const status = ["keep", "discard", "keep", "keep", "discard", "keep", "discard"];
    const experiments = status.map((one, number) => ({ number, status: one }));
    await keepModel({ study: "old", number: 0 }, file());
    for (const { number } of experiments) await keepModel({ study: "nov30", number }, file());
    const left = async (most: number) => {
      await dropModels("nov30", experiments, most);
      return [await keptModels("old"), await keptModels("nov30")];
    };
    expect(await left(80)).toEqual([[0], [0, 1, 2, 3, 4, 5, 6]]);
    expect(await left(70)).toEqual([[], [0, 1, 2, 3, 4, 5, 6]]);
    expect(await left(50)).toEqual([[], [0, 2, 3, 5, 6]]);
    expect(await left(30)).toEqual([[], [0, 5, 6]]);
    expect(await left(10)).toEqual([[], [5]]);
  });
});
