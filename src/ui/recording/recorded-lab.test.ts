import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FIRST_STATE } from "../../research/lab/publisher.ts";
import { states } from "../fixtures/states.ts";
import type { HotEvent } from "../../research/index.ts";
import type { Playback } from "./playback.ts";
import { RecordedLab } from "./recorded-lab.ts";
import { endsOf, type Recording } from "./recording.ts";

const night = JSON.parse(readFileSync("src/ui/recording/night.json", "utf8")) as Recording;
const ends = endsOf(night);
const scores = night.end.experiments.flatMap(({ status, valBpb }) =>
  status === "keep" && valBpb !== null ? [valBpb] : [],
);

describe("the night that ships with the page", () => {
  it("is a whole study in order, whose kept experiments get better", () => {
    expect(ends.length).toBeGreaterThan(10);
    expect(night.end.experiments.map(({ number }) => number)).toEqual([...ends.keys()]);
    expect(night.details.map(({ number }) => number)).toEqual([...ends.keys()]);
    expect([...ends].sort((a, b) => a - b)).toEqual(ends);
    expect(ends[0]).toBeGreaterThan(0);
    expect([...scores].sort((a, b) => b - a)).toEqual(scores);
    expect(scores.length).toBeGreaterThan(1);
  });

  it("has every field of the lab's state", () => {
    expect(Object.keys(night.end).sort()).toEqual(Object.keys(FIRST_STATE).sort());
    // `night` of the fixtures is checked by its type.
    expect(Object.keys(night.end.corpus ?? {}).sort()).toEqual(
      Object.keys(states().night.state.corpus ?? {}).sort(),
    );
  });

  it("is small", () => {
    expect(JSON.stringify(night).length).toBeLessThan(400_000);
  });
});

describe("a recorded lab", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("opens at the end of the night, and plays it from the beginning", () => {
    const lab = new RecordedLab(night);
    let now: Playback | null = null;
    lab.onPlayback((playback) => (now = playback));
    expect(lab.state().experiments).toHaveLength(ends.length);
    expect(lab.state()).toMatchObject({ phase: "readonly", current: null });
    expect(lab.state().study?.bestBpb).toBe(scores.at(-1));
    lab.play(true);
    expect(lab.state()).toMatchObject({ experiments: [], current: { number: 0, stage: "compiling" } });
    expect(now).toMatchObject({ playing: true, at: 0 });
    vi.advanceTimersByTime(1000);
    expect(now).toMatchObject({ at: 60 });
    vi.advanceTimersByTime(1000 * Math.ceil(ends.at(-1)! / 60));
    expect(lab.state().experiments).toHaveLength(ends.length);
    expect(now).toMatchObject({ playing: false, at: ends.at(-1) });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("shows the best of its moment, and the loss of the run up to it", () => {
    const lab = new RecordedLab(night);
    const hot: HotEvent[] = [];
    lab.hot((event) => void hot.push(event));
    const [view, detail] = [night.end.experiments[1]!, night.details[1]!];
    const halfway = ends[1]! - 0.4 * Math.max(0, ends[1]! - ends[0]! - view.seconds) - view.seconds / 2;
    lab.seek(halfway);
    expect(lab.state().experiments).toHaveLength(1);
    expect(lab.state().study?.incumbent).toBe(night.end.experiments[0]!.commit);
    expect(lab.state().current).toMatchObject({ number: 1, stage: "training" });
    const before = detail.curve.filter(([second]) => second <= view.seconds / 2 + 1e-6);
    const incumbent = { type: "incumbent", points: night.details[0]!.curve };
    expect(hot).toMatchObject([{ type: "run", number: 1 }, incumbent, { type: "points", points: before }]);
    lab.seek(halfway + view.seconds / 4);
    expect(hot.slice(3).every(({ type }) => type === "points")).toBe(true);
    lab.seek(halfway);
    expect(hot.at(-1)).toEqual({ type: "points", points: before });
  });

  it("refuses every change", async () => {
    const lab = new RecordedLab(night);
    await expect(lab.start({})).rejects.toThrow("this is a recording");
    await expect(lab.saveProgram("x")).rejects.toThrow("this is a recording");
    await expect(lab.loadExperiment(1)).resolves.toMatchObject({
      source: night.details[1]!.source,
      parentSource: night.details[0]!.source,
    });
    await expect(lab.loadExperiment(999)).rejects.toThrow("no experiment 999");
  });
});
