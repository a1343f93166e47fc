// The current run: its hypothesis, its stage and progress, and its loss. Loaded when a run begins.

import { lazy, Suspense } from "react";
import type { CurrentRun } from "../../research/index.ts";
import { useArena, useLab, usePage } from "../actions/context.ts";
import { Term } from "../frame/Term.tsx";
import { bytes, clock, compact, count } from "../state/format.ts";
import { stageDetail, stageName, stageProgress, timeLeft } from "../state/stages.ts";
import { Elapsed } from "./Elapsed.tsx";
import { Preparing } from "./Preparing.tsx";
import { Untrained } from "./Untrained.tsx";

const LossCanvas = lazy(() => import("../live/LossCanvas.tsx"));

interface Props {
  /** Null before the first run of a study. */
  readonly run: CurrentRun | null;
  readonly stopping: boolean;
}

/** Its parts keep their height from run to run, so that nothing jumps when a verdict arrives. */
export default function Running({ run, stopping }: Props) {
  const text = useLab((lab) => lab.corpusProgress, null);
  const { trains } = useArena();
  const between = useLab((lab) => lab.current === null, false);
  if (run === null) {
    return (
      <div className="now">
        <p className="stage" data-testid="stage" aria-live="polite">
          {BETWEEN}
        </p>
        <Next />
      </div>
    );
  }
  return (
    <div className="now">
      <Idea run={run} between={between} />
      {text === null ? <StageLine run={run} between={between} /> : <Preparing progress={text} />}
      {trains && (
        <Suspense fallback={<div className="live-wait" />}>
          <LossCanvas />
        </Suspense>
      )}
      {trains && <Figures run={run} between={between} />}
      {trains && <Glimpse run={run} />}
      <Next />
      {trains && <Untrained />}
      {stopping && <p className="quiet">The study stops when this run is judged.</p>}
    </div>
  );
}

const BETWEEN = "Between two runs";

interface RunProps {
  readonly run: CurrentRun;
  /** The run is judged, and the next one has not begun. */
  readonly between: boolean;
}

function Idea({ run, between }: RunProps) {
  const fresh = run.side === "incumbent";
  const again = run.side === "candidate" && run.run > 1;
  return (
    <div className="idea">
      <p
        className="idea-by"
        title={fresh ? "To tell noise from gain" : again ? "Under another seed" : undefined}
      >
        <span className="mono">#{run.number}</span>{" "}
        {run.researcher === "" ? "" : <>proposed by {run.researcher}</>}
        {between && <> · judged</>}
        {fresh && <> · fresh run of the best</>}
        {again && <> · run {run.run}</>}
      </p>
      {/* A long text scrolls. */}
      <p className="words" tabIndex={0}>
        {run.hypothesis === "" ? "Thinking of something to try…" : run.hypothesis}
      </p>
    </div>
  );
}

/** Seconds of training to come, in words. */
function leftWords(run: CurrentRun): string {
  const left = timeLeft(run);
  if (left === null) return "trained";
  return run.stage === "training" ? `${clock(left)} left` : `${clock(left)} of training`;
}

function StageLine({ run, between }: RunProps) {
  const share = between ? 1 : stageProgress(run);
  const arena = useArena();
  const name = between ? BETWEEN : stageName(run.stage, arena);
  return (
    <div className="stage-line">
      <p className="stage">
        <span data-testid="stage" data-stage={between ? "between" : run.stage} aria-live="polite">
          {name}
        </span>
        {arena.trains && !between && run.stage === "rehearsing" && <Term word="rehearsal" />}
        {(between || run.stage !== "training" || !arena.trains) && (
          <Elapsed key={`${run.number} ${run.run} ${between ? "" : run.stage}`} />
        )}
      </p>
      <p className="stage-detail quiet">
        <span>{between ? "" : stageDetail(run)}</span>
        <span data-testid="time-left">{between || !arena.trains ? "" : leftWords(run)}</span>
      </p>
      <progress
        className="progress-bar"
        aria-label={name}
        {...(share === null || !arena.trains ? {} : { value: share, max: 1 })}
      />
    </div>
  );
}

/** Forward and backward pass together [FLOP per parameter and token]. */
const FLOP = 6;

/** The share of the measured speed that the run uses, 0 to 1; 0: unknown. */
function utilisation({ parameters, tokensPerSecond }: CurrentRun, gflops: number): number {
  return gflops > 0 ? (FLOP * parameters * tokensPerSecond) / (1e9 * gflops) : 0;
}

function Figures({ run, between }: RunProps) {
  const gflops = useLab((lab) => lab.device?.gflops ?? 0, 0);
  const outside = useLab((lab) => lab.experiments.at(-1)?.overheadSeconds ?? 0, 0);
  const known = (value: number, text: string) => (value > 0 ? text : "–");
  const used = utilisation(run, gflops);
  const left = between ? null : timeLeft(run);
  const rows: [label: string, value: string, testId?: string, title?: string][] = [
    ["tokens/s", known(run.tokensPerSecond, count(run.tokensPerSecond)), "tokens-per-second"],
    [
      "utilisation",
      known(used, `${Math.round(100 * used)} %`),
      "utilisation",
      "Share of the machine’s measured speed of matrix products; six operations per parameter and token",
    ],
    ["verdict in", left === null || outside === 0 ? "–" : `≈ ${clock(left + outside)}`, "verdict-in"],
    [
      "last loss",
      run.loss === null ? "–" : `${(run.loss / Math.LN2).toFixed(3)} bits`,
      "last-loss",
      run.loss === null ? undefined : `${run.loss.toFixed(3)} nats per token`,
    ],
    ["step", known(run.step, count(run.step))],
    ["tokens", compact(run.tokens)],
    ["parameters", compact(run.parameters)],
    ["memory", known(run.peakBytes, bytes(run.peakBytes))],
  ];
  return (
    <dl className="figures">
      {rows.map(([label, value, testId, title]) => (
        <div key={label} title={title}>
          <dt>{label}</dt>
          <dd data-testid={testId}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What the growing model writes; its place is kept before there is anything. */
function Glimpse({ run: { glimpse } }: { readonly run: CurrentRun }) {
  const recorded = usePage((page) => page.playback !== null);
  if (recorded) return null;
  return (
    <figure className="glimpse" data-testid="glimpse">
      <figcaption className="quiet">
        {glimpse === null
          ? "What it writes while it trains appears here"
          : `After ${clock(glimpse.seconds)} of training it writes:`}
      </figcaption>
      <pre className="sample-text" tabIndex={0}>
        {glimpse?.text}
      </pre>
    </figure>
  );
}

function Next() {
  const next = useLab((lab) => lab.next, null);
  if (next === null) return null;
  return (
    <div className="next">
      <p className="idea-by">Next, proposed by {next.researcher}</p>
      <p className="words words-small">{next.hypothesis}</p>
    </div>
  );
}
