import { describe, expect, it } from "vitest";
import type { LabEvent } from "../../src/research/index.ts";
import { Recorder } from "./recorder.ts";
import { Deadline, reasonOf, within } from "./waits.ts";

const experiment = (number: number) => ({ type: "experiment", number }) as LabEvent;
const notice = { type: "notice", level: "info", text: "hello" } as const;

describe("the lines of a headless lab", () => {
  it("keep their order, an experiment after its bundle", async () => {
    const said: unknown[] = [];
    const recorder = new Recorder(
      (event) => said.push(event),
      async () => {
        await Promise.resolve();
        said.push("saved");
      },
    );
    recorder.hear(notice);
    recorder.hear(experiment(0));
    recorder.hear(notice);
    recorder.hear(experiment(1));
    expect(await recorder.settled()).toBe(true);
    expect(said).toEqual([notice, "saved", experiment(0), notice, "saved", experiment(1)]);
    expect(recorder.experiments).toBe(2);
  });

  it("say that the bundle is behind, go on, and try again", async () => {
    const said: unknown[] = [];
    let full = true;
    const recorder = new Recorder(
      (event) => said.push(event),
      () => (full ? Promise.reject(new Error("disk full\nmore")) : Promise.resolve()),
    );
    recorder.hear(experiment(0));
    expect(await recorder.settled()).toBe(false);
    const behind = { type: "notice", level: "error", text: "the bundle is behind: disk full" };
    expect(said).toEqual([behind, experiment(0), behind]);
    full = false;
    expect(await recorder.settled()).toBe(true);
  });

  it("count the experiments that the study had before", async () => {
    const recorder = new Recorder(
      () => undefined,
      () => Promise.resolve(),
    );
    recorder.goOn(7, {});
    recorder.hear(experiment(7));
    await recorder.settled();
    expect(recorder.experiments).toBe(8);
  });
});

describe("waiting", () => {
  it("ends at its deadline, which may be set again; a far deadline does not overflow a timer", async () => {
    const deadline = new Deadline(1e7); // beyond the longest delay of one timer
    expect(await within(deadline.over, 50, null)).toBeNull();
    deadline.set(0);
    expect(await deadline.over).toEqual({ why: "no end after 0 s", status: 124 });
  });
  it("gives one line without Playwright's prefix and stack", () => {
    expect(reasonOf(new Error("page.evaluate: LabError: no text, got x\n    at y"))).toBe("no text, got x");
    expect(reasonOf(new Error("plain: x"))).toBe("plain: x");
  });
});
