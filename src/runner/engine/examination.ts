// How one forward pass is examined and scored. The analysis of its graph selects the pass that scores: a whole batch
// where rows are proved independent, one row at a time otherwise. Proved properties are not probed.
import { LabError } from "../../error.ts";
import type { Finding } from "../../nn/index.ts";
import {
  comparePasses,
  type Computer,
  drawsFor,
  type ForwardPass,
  type Probe,
  probeRows,
  type ProbeText,
  type Random,
  readPass,
  rowsAt,
  type Scored,
  scoreWindows,
  smallestFound,
} from "../../prepare/index.ts";
import { firstMoving } from "./first-moving.ts";
import { probeForced } from "./forced-probe.ts";
import type { Forced, LoadedForward, Pass } from "./load.ts";

/** The current activity, for the display of progress. */
type Doing = "rows" | "scoring" | "cuts";

export interface Surroundings {
  readonly engine: Computer & { reset(): void };
  readonly seqLen: number;
  readonly vocabSize: number;
  readonly random: Random;
  now(): number;
  tell(doing: Doing, done: number, total: number): void;
}

/** A held-out text and its windows. */
export interface HeldOut {
  readonly tokens: Uint16Array;
  readonly starts: Uint32Array;
}

export interface Examined {
  readonly probes: readonly Probe[];
  /** The line of train.ts behind a failed probe; 0 where it is not known. */
  readonly line: number;
}

/** How long [ms] to look for the operation behind a failed probe. */
const CAUSE_MS = 5000;
/** Rows that are read through both passes, each with two targets. */
const COMPARED = 2;
/** Smallest number of looks of each kind, however long they take. */
const MIN = 4;

export class Examination {
  readonly #lab: Surroundings;
  readonly #loaded: LoadedForward;
  #made: { readonly pass: Pass; readonly forward: ForwardPass } | null = null;

  constructor(loaded: LoadedForward, surroundings: Surroundings) {
    this.#loaded = loaded;
    this.#lab = surroundings;
  }

  /** Before training: compares both passes and looks for plain faults; at most `ms` for each kind of probe. */
  async rehearse(text: HeldOut, ms: number): Promise<Examined> {
    const { random } = this.#lab;
    const rows = await this.probe(text, ms);
    if (rows.probes.some(({ passed }) => !passed)) return rows;
    const known = [...rows.probes, ...(await this.#passes(text))];
    if (known.some(({ passed }) => !passed)) return { probes: known, line: 0 };
    const few = Array.from({ length: 2 * this.#loaded.batch.rows }, () => random.below(text.starts.length));
    const starts = Uint32Array.from(new Set(few), (window) => text.starts[window]);
    const draws = this.#proved("time") ? 0 : starts.length * this.#lab.seqLen;
    const scored = await this.#scored({ ...text, starts }, draws, this.#within(ms));
    return { ...(await this.#judged(scored, null)), probes: [...known, ...this.#scoreProbes(scored, null)] };
  }

  /**
   * The probes besides the score: whether rows see each other (for `ms`, at least `MIN` looks), and whether a gate
   * hides a leak. A model whose rows are not proved is scored row by row, so a missed look costs a reason but no false
   * score.
   */
  async probe(text: HeldOut, ms: number): Promise<Examined> {
    const { batch } = this.#loaded;
    const asked = [this.#scoring, ...(this.#proved("rows") ? [] : [batch])];
    let looks = 0;
    if (!this.#proved("rows")) {
      const { failed, ...found } = await this.#askRows(text, this.#within(ms));
      if (failed !== null) return this.#failed(batch, failed);
      looks = found.looks;
    }
    // From here on another pass may be on the device.
    if (asked.some(forcible)) this.#made = null;
    for (const pass of new Set(asked)) {
      const found = await probeForced(pass, this.#text(text), this.#lab);
      if (found === null) continue;
      const line = pass.lineOf(await this.#cause(pass, found.failed, found.forced));
      return { probes: [found.failed], line };
    }
    return { probes: [{ name: "rows", passed: true, detail: this.#rowWords(looks) }], line: 0 };
  }

  /**
   * Scores; where causality is not proved, draws so many cuts of rows that it misses a leak worth more than `noise`
   * [bits per byte] with a probability below 1/1000. `hidden`: bits per byte of a leak at every position; `found` null:
   * no draws.
   */
  async score(
    text: HeldOut,
    found: { readonly noise: number; readonly hidden: number } | null,
  ): Promise<Examined & { readonly nats: Float64Array }> {
    const draws = found === null || this.#proved("time") ? 0 : drawsFor(found.noise, found.hidden);
    const scored = await this.#scored(text, draws);
    return { ...(await this.#judged(scored, found?.hidden ?? null)), nats: scored.nats };
  }

  /** The pass of one row, for a sample. */
  single(): ForwardPass {
    return this.#use(this.#loaded.single);
  }

  /** A function that says whether to go on: true for `ms`, and for the first `MIN` looks. */
  #within(ms: number): () => boolean {
    const until = this.#lab.now() + ms;
    let asked = 0;
    return () => asked++ < MIN || this.#lab.now() < until;
  }

  get #scoring(): Pass {
    return this.#proved("rows") ? this.#loaded.batch : this.#loaded.single;
  }

  #proved(what: "rows" | "time"): boolean {
    const { batch } = this.#loaded;
    if (what === "rows") return batch.rows === 1 || batch.dependence.rows.status === "proved";
    return this.#scoring.dependence.time.status === "proved";
  }

  /** Puts a pass on the device, which holds one at a time. */
  #use(pass: Pass): ForwardPass {
    if (this.#made?.pass === pass) return this.#made.forward;
    return this.#make(pass);
  }
  #make(pass: Pass): ForwardPass {
    this.#made = null;
    this.#lab.engine.reset();
    const forward = pass.make();
    this.#made = { pass, forward };
    return forward;
  }

  #text({ tokens }: HeldOut): ProbeText {
    const { vocabSize, random } = this.#lab;
    return { tokens, vocabSize, random };
  }

  async #passes({ tokens, starts }: HeldOut): Promise<Probe[]> {
    const { batch, single } = this.#loaded;
    if (batch.rows === 1 || batch.random || single.random) return [];
    const { engine, seqLen: T, random } = this.#lab;
    const places = Array.from({ length: COMPARED }, () => starts[random.below(starts.length)]);
    const { x, y } = rowsAt(tokens, [...places, ...places], T);
    // The second time with the tokens themselves as targets.
    y.set(x.subarray(0, COMPARED * T), COMPARED * T);
    const read = (pass: Pass) => readPass(engine, this.#make(pass), pass.rows, T, x, y);
    const alone = await read(single);
    return [comparePasses(await read(batch), alone, T)];
  }

  #askRows(text: HeldOut, goOn: () => boolean): ReturnType<typeof probeRows> {
    const { engine, seqLen, tell } = this.#lab;
    const { batch } = this.#loaded;
    return probeRows(engine, this.#use(batch), {
      ...this.#text(text),
      starts: text.starts,
      seqLen,
      batch: batch.rows,
      goOn,
      futures: batch.dependence.time.status !== "proved",
      onProgress: (done, total) => tell("rows", done, total),
    });
  }

  #scored({ tokens, starts }: HeldOut, draws: number, goOn?: () => boolean): Promise<Scored> {
    const { engine, seqLen, tell } = this.#lab;
    const pass = this.#scoring;
    const doing = draws > 0 ? "cuts" : "scoring";
    return scoreWindows(engine, this.#use(pass), {
      ...this.#text({ tokens, starts }),
      starts,
      seqLen,
      batch: pass.rows,
      draws,
      goOn,
      onProgress: (done, total) => tell(doing, done, total),
    });
  }

  async #judged(scored: Scored, hidden: number | null): Promise<Examined> {
    if (scored.failed !== null) return this.#failed(this.#scoring, scored.failed);
    return { probes: this.#scoreProbes(scored, hidden), line: 0 };
  }

  #scoreProbes({ failed, ...scored }: Scored, hidden: number | null): Probe[] {
    if (failed !== null) return [failed];
    const passed = true;
    return [
      { name: "finite", passed, detail: "every logit of every scored window" },
      { name: "repeatable", passed, detail: "a scored batch gave the same bits again, after another one" },
      // Without draws and without a proof there is no result on causality.
      ...(scored.draws > 0 || this.#proved("time")
        ? [{ name: "causality" as const, passed, detail: this.#drawWords(scored, hidden) }]
        : []),
    ];
  }

  #rowWords(looks: number): string {
    const { batch } = this.#loaded;
    if (batch.rows === 1) return "one row";
    const { rows } = batch.dependence;
    if (rows.status === "proved") return "proved from the recorded graph";
    return `${notProved(rows)}: scored one row at a time; no row moved another in ${looks} looks`;
  }

  #drawWords({ draws, exhausted }: Omit<Scored, "failed">, hidden: number | null): string {
    const { time } = this.#scoring.dependence;
    if (time.status === "proved") return "proved from the recorded graph";
    if (exhausted) return `${notProved(time)}: every cut of every scored row, ${draws} in all`;
    const found =
      hidden === null
        ? ""
        : `, which find a leak worth ${smallestFound(draws, hidden).toPrecision(2)} bits per byte with a probability over 0.999`;
    return `${notProved(time)}: ${draws} random cuts of scored rows${found}`;
  }

  /** A failed probe with its line: of the operation that the analysis names, or of the first value that moves. */
  async #failed(pass: Pass, failed: Probe): Promise<Examined> {
    const finding = failed.name === "rows" ? pass.dependence.rows : pass.dependence.time;
    const named = failed.name === "rows" || failed.name === "causality";
    const line = !named
      ? 0
      : finding.status === "violated"
        ? pass.lineOf(finding.node)
        : pass.lineOf(await this.#cause(pass, failed));
    return { probes: [failed], line };
  }

  /** The first node whose values move; -1 if it cannot be found. */
  async #cause(pass: Pass, { witness }: Probe, forced?: Forced): Promise<number> {
    if (witness === undefined) return -1;
    const { engine, seqLen, now } = this.#lab;
    const { last, upTo } = pass.cuttable(forced);
    // Each cut brings its own copy of the weights.
    this.#made = null;
    const fresh = (node: number) => {
      engine.reset();
      return upTo(node);
    };
    const until = now() + CAUSE_MS;
    try {
      return await firstMoving(
        engine,
        { last, upTo: fresh },
        witness,
        [pass.rows, seqLen],
        () => now() < until,
      );
    } catch (error) {
      // Intermediate values may need more memory than the logits: the verdict stands, but names no line.
      if (error instanceof LabError && error.code !== "device") return -1;
      throw error;
    }
  }
}

const forcible = ({ dependence: { rows, time } }: Pass): boolean =>
  rows.status === "violated" || time.status === "violated";

function notProved(finding: Finding): string {
  return finding.status === "proved" ? "proved" : `not proved (${finding.detail})`;
}
