// From the source of a train.ts to a sandbox that waits for the clock: its session in the engine, its rehearsal on noise,
// and the reasons to refuse it before it costs budget.
import type { Memo } from "../memo.ts";
import type { ReaderClient } from "./carried/reader-client.ts";
import { trainError } from "./contract/reason.ts";
import type { TrainerMessage } from "./contract/protocol.ts";
import type { RunRequest, RunStage } from "./contract/types.ts";
import type { Figures, Rehearsed } from "./figures.ts";
import type { OpenTrainer } from "./frame.ts";
import type { Judge, JudgeTools } from "./judge.ts";
import { Equal, type SameRun } from "./same-run.ts";
import { transpile } from "./source/transpile.ts";
import { TrainerLink } from "./trainer-link.ts";

export interface PreparationTools extends JudgeTools {
  readonly openTrainer: OpenTrainer;
  readonly reader: Pick<ReaderClient, "refuse">;
  readonly sameRun: Pick<SameRun, "is">;
  /** Rehearsals that were passed, by the conditions under which they repeat. */
  readonly rehearsals: Memo<Rehearsed>;
}

/** The parts of the run that it shares. */
interface Shared {
  readonly figures: Figures;
  readonly judge: Judge;
  readonly enter: (stage: RunStage, detail?: string) => void;
  /** Takes a message of the trainer that is no milestone. */
  readonly news: (message: TrainerMessage) => void;
  /** The budget is spent. */
  readonly spent: () => void;
}

/** How long the rehearsal may measure the kernels of an adapter that the study has not run on yet. */
const TUNE_MS = 900;

export class Preparation {
  /** The sandbox; null before it is open. */
  link: TrainerLink | null = null;
  /** Whether the engine opened a session for the trainer: before that, a lost device is not the fault of train.ts. */
  opened = false;
  /** Whether it waits for the reader or for a comparison: the trainer's silence is then no fault. */
  waits = false;
  /** The forward pass of one row and its parameters, as the rehearsal recorded them. */
  graph: Rehearsed["graph"] = { single: "", parameters: new Uint32Array() };
  readonly #tools: PreparationTools;
  readonly #request: RunRequest;
  readonly #run: Shared;

  constructor(tools: PreparationTools, request: RunRequest, run: Shared) {
    this.#tools = tools;
    this.#request = request;
    this.#run = run;
  }

  /**
   * The sandbox that waits. `unprobed`: its forward pass is examined after training only. Throws LabError "crash" or
   * "invalid" where train.ts is at fault, and Equal when the run could only repeat an earlier experiment.
   */
  async prepare(signal: AbortSignal, unprobed: boolean): Promise<TrainerLink> {
    const { source, own = false } = this.#request;
    this.#run.enter("loading");
    const code = transpile(source);
    const refused = own ? Promise.resolve() : this.#tools.reader.refuse(this.#request);
    refused.catch(() => undefined); // awaited below, unless the rehearsal fails first
    const key = this.#conditions();
    const found = this.#tools.rehearsals.find(key);
    const known = found !== undefined && (found.probed || unprobed) ? found : null;
    const { link, memory } = await this.#open(code, known, signal);
    await link.reach("hello");
    if (known === null) await this.#rehearse(link, unprobed);
    else this.#recall(known);
    this.waits = true;
    await Promise.race([refused, link.failure]);
    this.waits = false;
    await link.reach("ready");
    this.#tools.rehearsals.put(key, known ?? this.#rehearsed(!unprobed));
    await this.#mustDiffer(link, memory, signal);
    return link;
  }

  /** A sandbox with this code, and its session in the engine. */
  async #open(code: string, known: Rehearsed | null, signal: AbortSignal) {
    const { arena, seed, tuning: measured = [] } = this.#request;
    const { engine, clock } = this.#tools;
    const frame = await this.#tools.openTrainer();
    const rehearsed = known !== null;
    const link = new TrainerLink(frame, clock, (message) => this.#run.news(message), rehearsed);
    this.link = link;
    if (signal.aborted) link.close();
    signal.throwIfAborted();
    const { seqLen, vocabSize, budgetSeconds, budgetTokens = 0, scoreBatch } = arena;
    // A budget in tokens must repeat to the bit, but a measurement may choose other kernels.
    const byClock = budgetTokens === 0;
    const tuning = JSON.stringify(byClock ? [...measured, ...(known?.tuning ? [known.tuning] : [])] : []);
    const tuneMs = byClock && !rehearsed ? TUNE_MS : 0;
    const { port1: port, port2: enginePort } = new MessageChannel();
    const { device, memory } = await engine.ask(
      { type: "open", port, tuning, seed, budgetTokens, tuneMs, rehearsed },
      [port],
    );
    this.#run.figures.device = device;
    this.opened = true;
    engine.onSpent = () => this.#run.spent();
    engine.onViolation = (reason) => link.fail(trainError("invalid", reason));
    engine.onLost = (error) => link.fail(error);
    link.send({
      type: "init",
      code,
      seed,
      seqLen,
      vocabSize,
      budgetSeconds,
      budgetTokens,
      scoreBatch,
      memory,
      engine: enginePort,
      recordMs: 0,
      rehearsedMs: known === null ? 0 : Math.max(known.forecast.stepMs, 1e-3),
    });
    return { link, memory };
  }

  async #rehearse(link: TrainerLink, unprobed: boolean): Promise<void> {
    const { figures, judge, enter } = this.#run;
    enter("compiling");
    const { passes } = await link.reach("rehearsed");
    this.graph = { single: passes.single, parameters: passes.parameters };
    enter("rehearsing", "probes");
    const asked = judge.ask({ type: "digest", ...passes });
    const { digest, tuning, known } = await Promise.race([asked, link.failure]);
    figures.digest = digest;
    figures.tuned(tuning);
    // The weights are read before train.ts restarts. Graphs that were probed before need none.
    const needed = !unprobed && known === null;
    const taken = needed ? await Promise.race([judge.take(passes), link.failure]) : null;
    link.send({ type: "again" });
    judge.probes = known ?? [];
    // While the engine probes the rehearsal's weights, the trainer restarts train.ts; the clock waits for both.
    if (taken !== null) await Promise.race([judge.probe(taken.forward, "rehearsal"), link.failure]);
  }

  /** The conditions of a rehearsal: under the same ones it finds the same, also with another text or seed. */
  #conditions(): string {
    const { source, arena, tuning = [] } = this.#request;
    const { seqLen, vocabSize, budgetSeconds, budgetTokens = 0, scoreBatch } = arena;
    const sizes = [seqLen, vocabSize, budgetSeconds, budgetTokens, scoreBatch];
    return JSON.stringify([source, this.#tools.engine.generation, sizes, tuning]);
  }

  #rehearsed(probed: boolean): Rehearsed {
    const { forecast, digest, tuning, silent } = this.#run.figures;
    const { probes, lines } = this.#run.judge;
    const { graph } = this;
    return { forecast, seed: this.#request.seed, digest, tuning, probed, probes, lines, silent, graph };
  }

  /** Takes the findings of an earlier rehearsal. */
  #recall({ forecast, seed, digest, tuning, probes, lines, silent, graph }: Rehearsed): void {
    this.graph = graph;
    const { figures, judge, news } = this.#run;
    Object.assign(figures, { digest: seed === this.#request.seed ? digest : "", tuning });
    Object.assign(judge, { probes, lines });
    news({ type: "forecast", ...forecast });
    if (silent !== "") news({ type: "silent", words: silent });
  }

  async #mustDiffer(link: TrainerLink, memory: number, signal: AbortSignal): Promise<void> {
    const { source, arena, seed } = this.#request;
    const { digest, forecast } = this.#run.figures;
    const earlier = digest === "" ? null : (this.#request.earlier?.(digest) ?? null);
    if (earlier === null) return;
    this.#run.enter("rehearsing", `comparison with #${earlier.number}`);
    this.waits = true;
    const wanted = { arena, seed, memory, stepMs: forecast.stepMs };
    const same = this.#tools.sameRun.is(source, earlier, wanted, signal);
    if (await Promise.race([same, link.failure])) throw new Equal(earlier.number);
    this.waits = false;
  }
}
