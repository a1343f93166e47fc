// The page is light: how much a first visit loads before Start can be pressed.
import { expect, test } from "@playwright/test";
import { weigh } from "../testing/page-weight.ts";

test("a visit loads at most 100 KB of script before Start, and no text", async ({ browser }) => {
  const { first, texts } = await weigh(browser);
  expect(first).toBeLessThan(100_000);
  expect(texts).toEqual([]);
});
