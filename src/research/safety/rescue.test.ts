// Every way in which a store can lose data: the page names the loss, writes nothing first, and the rest goes on.
import { describe, expect, it } from "vitest";
import { memoryStore, openRepository, type RawStore, readableValues } from "../../repo/index.ts";
import { Rescue } from "./rescue.ts";
import { browser, quick, tab } from "../testing/lab-in-a-tab.ts";

const EXPERIMENTS = 3;

/** A browser in which a study of three experiments was made and the tab closed. */
async function withStudy() {
  const home = browser();
  const { lab, until } = tab(home);
  await lab.open();
  await lab.command({ type: "start", settings: { ...quick, experiments: EXPERIMENTS } });
  await until(({ phase, experiments }) => phase === "idle" && experiments.length === EXPERIMENTS);
  await until(({ copies }) => copies.browser.at !== null);
  await new Promise((resolve) => setTimeout(resolve, 50)); // the last copy
  return home;
}

type Home = Awaited<ReturnType<typeof withStudy>>;

async function change(store: RawStore, edit: (values: Map<string | number, unknown>) => void): Promise<void> {
  const values = await readableValues(store);
  edit(values);
  await store.replace(values, await store.version());
}

/** Opens the damaged lab, presses Continue, and returns the state and the store after it. */
async function settle(home: Home) {
  const opened = tab(home);
  await opened.lab.open();
  const damaged = opened.state();
  const before = await readableValues(home.store);
  expect(damaged, damaged.error ?? "").toMatchObject({ phase: "damaged" });
  await expect(opened.lab.command({ type: "save-program", text: "no" })).rejects.toMatchObject({
    code: "storage",
  });
  const bundle = damaged.study === null ? null : await opened.lab.command({ type: "export-bundle" });
  expect(await readableValues(home.store)).toEqual(before); // nothing was written
  await opened.lab.command({ type: "settle-damage", how: "continue" });
  const after = opened.state();
  expect(after).toMatchObject({ phase: "idle", damage: null, error: null });
  const again = tab(home);
  await again.lab.open();
  expect(again.state()).toMatchObject({ phase: "idle" });
  const checked = await openRepository({ store: home.store, readOnly: true });
  expect((await checked.verify({ deep: true })).problems).toEqual([]);
  return { damaged, after, bundle };
}

const numbers = (state: { experiments: readonly { number: number }[] }) =>
  state.experiments.map((e) => e.number);
const all = Array.from({ length: EXPERIMENTS }, (_, i) => i);

describe("a store that lost something", () => {
  it("is not taken for a new one when the browser hands out an empty database", async () => {
    const home = await withStudy();
    const commits = (await tabState(home)).experiments.map((e) => e.commit);
    await home.store.replace(new Map(), 0);
    const { damaged, after } = await settle(home);
    expect(damaged.damage?.problems.join()).toMatch(
      /database is empty; it held study \S+ with 3 experiments/,
    );
    expect(after.experiments.map((e) => e.commit)).toEqual(commits);
  });

  it("says so when there is no copy either, and begins anew only when told to", async () => {
    const home = await withStudy();
    await home.own.clear();
    await home.store.replace(new Map(), 0);
    const { lab, state } = tab(home);
    await lab.open();
    expect(state().damage?.studies).toMatchObject([{ expected: 3, inStore: 0, inCopies: 0, left: 0 }]);
    await lab.command({ type: "settle-damage", how: "anew" });
    expect(state()).toMatchObject({ phase: "idle", study: null, experiments: [] });
    const again = tab(home);
    await again.lab.open();
    expect(again.state()).toMatchObject({ phase: "idle", study: null });
  });

  it("shows a store that was set back, and restores the missing commits from the copy", async () => {
    const home = await withStudy();
    const whole = await readableValues(home.store);
    const { lab, state } = tab(home);
    await lab.open();
    await lab.command({ type: "start", settings: { experiments: 5 } });
    await waitFor(() => state().phase === "idle" && state().experiments.length === 5);
    await waitFor(() => state().copies.browser.at !== null);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await home.store.replace(whole, 9);
    const { damaged, after } = await settle(home);
    expect(damaged.damage?.problems.join()).toContain("3 of its 5 experiments");
    expect(damaged.damage?.studies).toMatchObject([
      { expected: 5, inStore: 3, inCopies: 5, left: 5, losses: [] },
    ]);
    expect(after.experiments.length).toBe(5);
  });

  it.each([true, false])(
    "survives the loss of any one value (copy: %s)",
    async (copy) => {
      const home = await withStudy();
      const whole = await readableValues(home.store);
      const version = await home.store.version();
      const witness = await home.witness.read();
      const copies = await home.own.read();
      const places = [...whole.keys()].filter((key, i) => key === "!root" || i % 7 === (copy ? 1 : 4));
      for (const key of places) {
        await home.store.replace(new Map([...whole].filter(([k]) => k !== key)), version);
        if (witness) await home.witness.write(witness);
        await home.own.clear();
        if (copy) for (const { name, bytes } of copies) await home.own.write(name, new Uint8Array(bytes));
        const opened = tab(home);
        await opened.lab.open();
        if (opened.state().phase === "idle") {
          // The value is not part of a study's history: it is, for example, git's own description of the repository.
          expect(numbers(opened.state()), String(key)).toEqual(all);
          await opened.lab.command({ type: "export-bundle" });
          continue;
        }
        const { damaged, after } = await settle(home);
        expect(damaged.damage?.problems.length, String(key)).toBeGreaterThan(0);
        expect(numbers(after), String(key)).toEqual(all);
        const losses = damaged.damage?.studies[0]?.losses.length ?? 0;
        if (copy) expect(losses, String(key)).toBe(0);
        expect(losses, String(key)).toBeLessThanOrEqual(1);
      }
    },
    120_000,
  );

  it("goes on from a journal it cannot read, and sets that aside", async () => {
    for (const text of ['{"version":2,"tag":"x"}', "{ not json", undefined]) {
      const home = await withStudy();
      await change(home.store, (values) => {
        if (text === undefined) values.delete("=journal/lab");
        else values.set("=journal/lab", text);
      });
      const { damaged, after } = await settle(home);
      expect(damaged.damage?.problems.join()).toMatch(/journal|JSON/);
      expect(numbers(after)).toEqual(all);
      const values = await readableValues(home.store);
      expect(values.get("=journal/lab.set-aside")).toBe(text);
    }
  });

  it("refuses a copy that is no bundle, and takes one that is", async () => {
    const home = await withStudy();
    const [copy] = (await home.own.read()).filter(({ name }) => name.endsWith(".bundle"));
    const other = tab(browser());
    await other.lab.open();
    const bring = (bytes: Uint8Array) =>
      other.lab.command({ type: "bring-copies", copies: [{ name: "a.bundle", bytes }] });
    await expect(bring(new Uint8Array(9))).rejects.toThrow(/no study was found/);
    expect(other.state().phase).toBe("idle");
    await bring(copy?.bytes ?? new Uint8Array());
    expect(other.state()).toMatchObject({ phase: "damaged", damage: { problems: [] } });
    await other.lab.command({ type: "settle-damage", how: "continue" });
    expect(numbers(other.state())).toEqual(all);
  });
});

it("says how many experiments of a copy are read", async () => {
  const home = await withStudy();
  const copies = (await home.own.read()).filter(({ name }) => name.endsWith(".bundle"));
  const heard: (readonly [number, number])[] = [];
  const empty = await Rescue.begin({ store: memoryStore(), problems: [], witness: null, copies: [] });
  await empty.with(copies, (done, total) => heard.push([done, total]));
  expect(heard).toEqual(all.map((number) => [number, EXPERIMENTS]));
});

async function tabState(home: Home) {
  const { lab, state } = tab(home);
  await lab.open();
  return state();
}

async function waitFor(what: () => boolean): Promise<void> {
  for (let tries = 0; !what(); tries++) {
    if (tries > 500) throw new Error("it did not happen");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

it("keeps a witness that is never ahead of the store", async () => {
  const home = await withStudy();
  const witness = await home.witness.read();
  expect(witness?.version).toBe(await home.store.version());
  expect(witness?.studies).toMatchObject([{ experiments: EXPERIMENTS }]);
  expect(memoryStore().foreign).toBeNull();
});
