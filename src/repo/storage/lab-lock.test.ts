import { beforeAll, describe, expect, test } from "vitest";
import { acquireLab, waitForLab } from "../index.ts";
import { installLocks } from "../testing/power-cut.ts";

beforeAll(installLocks);

describe("the lab's lock", () => {
  test("one owner at a time; the next gets it when it is released", async () => {
    const first = await acquireLab("one");
    expect(first).not.toBeNull();
    expect(await acquireLab("one")).toBeNull();
    const waiting = waitForLab(undefined, "one");
    first?.release();
    const second = await waiting;
    expect(await acquireLab("one")).toBeNull();
    second.release();
  });

  test("an owner learns that its lock was stolen", async () => {
    const lab = await acquireLab("two");
    const thief = navigator.locks.request("two.lab", { steal: true }, () => "mine");
    expect(await lab?.lost).toMatch(/another tab took over/);
    expect(await thief).toBe("mine");
  });

  test("waiting can be given up", async () => {
    const lab = await acquireLab("three");
    const stop = new AbortController();
    const waiting = waitForLab(stop.signal, "three");
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
    lab?.release();
  });
});
