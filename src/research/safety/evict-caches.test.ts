import { expect, it } from "vitest";
import { evictNext } from "./evict-caches.ts";

/** Cache storage that holds only addresses. */
function storageOf(held: Record<string, string[]>): CacheStorage {
  const open = (name: string) => ({
    keys: () => Promise.resolve((held[name] ?? []).map((url) => ({ url }))),
    delete: ({ url }: { readonly url: string }) => {
      held[name] = (held[name] ?? []).filter((one) => one !== url);
      return Promise.resolve(true);
    },
  });
  return {
    has: (name: string) => Promise.resolve(name in held),
    open: (name: string) => Promise.resolve(open(name)),
  } as unknown as CacheStorage;
}

it("empties one cache after the other, keeps the open study's text and the page itself", async () => {
  const held = {
    models: ["https://lab/models/nov30/1", "https://lab/models/nov30/2"],
    texts: ["https://lab/kept-texts/a%2Fb", "https://lab/kept-texts/c"],
    page: ["https://lab/index.html"],
  };
  const storage = storageOf(held);
  const next = (keep: string | null) => evictNext(storage, ["models", "downloads", "texts"], keep);
  expect(await next("a/b")).toBe(true);
  expect(held).toMatchObject({ models: [], texts: { length: 2 } });
  expect(await next("a/b")).toBe(true);
  expect(held.texts).toEqual(["https://lab/kept-texts/a%2Fb"]);
  expect(await next("a/b")).toBe(false);
  expect(await next(null)).toBe(true);
  expect(held).toEqual({ models: [], texts: [], page: ["https://lab/index.html"] });
});
