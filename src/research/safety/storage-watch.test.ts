import { describe, expect, it } from "vitest";
import { LabError } from "../../error.ts";
import type { StorageView } from "../contract/lab-state.ts";
import { nextStorage, StorageWatch } from "./storage-watch.ts";

const MB = 2 ** 20;
const room = (free: number) => ({ usage: 100 * MB, quota: (100 + free) * MB });
const ok: StorageView = { state: "ok", usage: null, quota: null };

function watching() {
  const states: string[] = [];
  let evicted = 0;
  const watch = new StorageWatch({
    estimate: () => Promise.resolve(null),
    evict: () => Promise.resolve(++evicted < 3),
    clock: { now: () => 0, sleep: () => new Promise((resolve) => setTimeout(resolve, 1)) },
    tell: ({ state }) => states.push(state),
  });
  return { watch, states, evicted: () => evicted };
}

/** A write that fails so many times before it succeeds. */
function refused(times: number) {
  let left = times;
  return () => (left-- > 0 ? Promise.reject(new LabError("full", "no room")) : Promise.resolve("written"));
}

describe("the watch over storage", () => {
  it("leaves a state later than it enters it", () => {
    const states = [40, 20, 15, 20, 31, 33, 20].reduce<StorageView[]>(
      (before, free) => [...before, nextStorage(before.at(-1) ?? ok, room(free), false)],
      [],
    );
    expect(states.map(({ state }) => state)).toEqual(["ok", "ok", "low", "low", "low", "ok", "ok"]);
    expect(nextStorage(ok, room(1000), true).state).toBe("full");
    expect(nextStorage({ ...ok, state: "lost" }, room(1000), false).state).toBe("lost");
  });

  it("evicts first, then waits as long as a study runs, and says when there is room again", async () => {
    const { watch, states, evicted } = watching();
    expect(await watch.withRoom(refused(1), () => false)).toBe("written");
    expect(evicted()).toBe(1);
    expect(states).toEqual(["full", "ok"]);
    expect(await watch.withRoom(refused(5), () => true)).toBe("written");
    expect(states.at(-2)).toBe("full");
    expect(states.at(-1)).toBe("ok");
  });

  it("fails at once where nobody waits, and when the human stops", async () => {
    const { watch } = watching();
    await expect(watch.withRoom(refused(Infinity), () => false)).rejects.toMatchObject({ code: "full" });
    const waiting = watch.withRoom(refused(Infinity), () => true);
    waiting.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await watch.withoutWaiting(async () => {
      await expect(waiting).rejects.toMatchObject({ code: "full" });
      await expect(watch.withRoom(refused(Infinity), () => true)).rejects.toMatchObject({ code: "full" });
    });
    expect(await watch.withRoom(refused(3), () => true)).toBe("written");
  });

  it("does not wait on other failures", async () => {
    const { watch } = watching();
    const broken = () => Promise.reject(new LabError("storage", "broken"));
    await expect(watch.withRoom(broken, () => true)).rejects.toMatchObject({ code: "storage" });
  });

  it("notices by itself that there is no room, that there is again, and that the store is gone", async () => {
    const { watch, states } = watching();
    let probes = 0;
    let gone = false;
    const store = {
      lost: new Promise<LabError>(() => undefined),
      version: () => (gone ? Promise.reject(new LabError("storage", "closed")) : Promise.resolve(1)),
      probe: () => {
        probes++;
        if (probes === 5) gone = true;
        return probes === 2 || probes === 3
          ? Promise.reject(new LabError("full", "no room"))
          : Promise.resolve();
      },
    };
    expect(await watch.watch(store)).toBe(true);
    expect(states.filter((state, i) => state !== states[i - 1])).toEqual(["ok", "full", "ok", "lost"]);
  });

  it("does not call a store lost that the lab closed itself", async () => {
    const { watch, states } = watching();
    let close: (reason: LabError) => void = () => undefined;
    let open = true;
    const closed = new LabError("storage", "it was closed");
    const watched = watch.watch({
      lost: new Promise((resolve) => (close = resolve)),
      version: () => (open ? Promise.resolve(1) : Promise.reject(closed)),
      probe: () => Promise.resolve(),
    });
    watch.leave();
    open = false;
    close(closed);
    expect(await watched).toBe(false);
    expect(states).not.toContain("lost");
  });
});
