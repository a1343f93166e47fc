import { expect, it } from "vitest";
import { Memo } from "./memo.ts";

it("makes a result once, keeps no error, and holds no more than its bound", () => {
  const memo = new Memo<string>(2);
  const made: string[] = [];
  const get = (key: string) => memo.get(key, () => (made.push(key), key.toUpperCase()));
  expect(() =>
    memo.get("a", () => {
      throw new Error("not yet");
    }),
  ).toThrow("not yet");
  expect([get("a"), get("a"), get("b"), get("a")]).toEqual(["A", "A", "B", "A"]);
  expect(made).toEqual(["a", "b"]);
  get("c"); // drops "b", which was used before "a"
  get("a");
  get("b");
  expect(made).toEqual(["a", "b", "c", "b"]);
});
