// The current run: its hypothesis, its stage and progress, and its loss. Loaded when a run begins.

import { lazy, Suspense } from "react";
import type { CurrentRun } from "../../research/index.ts";
import { useArena, useLab } from "../actions/context.ts";
import { Term } from "../frame/Term.tsx";
import { bytes, clock, compact, count } from "../state/format.ts";
import { stageDetail, stageName, stageProgress, timeLeft } from "../state/stages.ts";
import { Elapsed } from "./Elapsed.tsx";
import { Preparing } from "./Preparing.tsx";
import { Untrained } from "./Untrained.tsx";

const LossCanvas = lazy(() => import("../live/LossCanvas.tsx"));

interface Props {
  readonly run: CurrentRun | null;
  readonly stopping: boolean;
}

export default function Running({ run, stopping }: Props) {
  const text = useLab((lab) => lab.corpusProgress, null);
  const { trains } = useArena();
  return (
    <div className="now">
      {run === null ? (
        <p className="stage" data-testid="stage" aria-live="polite">
          Between two runs
        </p>
      ) : (
        <>
          <Idea run={run} />
          {text === null ? <StageLine run={run} /> : <Preparing progress={text} />}
          {trains && run.source !== "" && (
            <Suspense fallback={<div className="live-wait" />}>
              <LossCanvas />
            </Suspense>
          )}
          {trains && <Figures run={run} />}
          {trains && <Untrained />}
        </>
      )}
      {stopping && <p className="quiet">The study stops when this run is judged.</p>}
      <Next />
    </div>
  );
}

function Idea({ run }: { readonly run: CurrentRun }) {
  return (
    <div className="idea">
      <p className="idea-by">
        <span className="mono">#{run.number}</span>{" "}
        {run.researcher === "" ? "" : <>proposed by {run.researcher}</>}
        {run.side === "incumbent" && <> · a fresh run of the best, to tell noise from gain</>}
        {run.side === "candidate" && run.run > 1 && <> · run {run.run}, under another seed</>}
      </p>
      <p className="words">{run.hypothesis === "" ? "Thinking of something to try…" : run.hypothesis}</p>
    </div>
  );
}

function StageLine({ run }: { readonly run: CurrentRun }) {
  const share = stageProgress(run);
  const left = timeLeft(run);
  const detail = stageDetail(run);
  const arena = useArena();
  const name = stageName(run.stage, arena);
  return (
    <div className="stage-line">
      <p className="stage">
        <span data-testid="stage" data-stage={run.stage} aria-live="polite">
          {name}
          {run.stage === "compiling" || detail === "" ? "" : `, ${detail}`}
        </span>
        {run.stage === "compiling" && detail !== "" && <span className="quiet">, {detail}</span>}
        {arena.trains && run.stage === "rehearsing" && (
          <>
            {" "}
            <Term word="rehearsal" />
          </>
        )}
        {(run.stage !== "training" || !arena.trains) && (
          <Elapsed key={`${run.number} ${run.run} ${run.stage}`} />
        )}
        {arena.trains && (
          <span className="time-left" data-testid="time-left">
            {left === null
              ? "trained"
              : run.stage === "training"
                ? `${clock(left)} left`
                : `${clock(left)} of training`}
          </span>
        )}
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

function Figures({ run }: { readonly run: CurrentRun }) {
  const gflops = useLab((lab) => lab.device?.gflops ?? 0, 0);
  const outside = useLab((lab) => lab.experiments.at(-1)?.overheadSeconds ?? 0, 0);
  const known = (value: number, text: string) => (value > 0 ? text : "–");
  const used = utilisation(run, gflops);
  const left = timeLeft(run);
  const rows: [label: string, value: string, testId?: string, title?: string][] = [
    ["tokens/s", known(run.tokensPerSecond, count(run.tokensPerSecond)), "tokens-per-second"],
    [
      "utilisation",
      known(used, `${Math.round(100 * used)} %`),
      "utilisation",
      "Share of the machine’s measured speed of matrix products; six operations per parameter and token",
    ],
    ["verdict in", left === null || outside === 0 ? "–" : `about ${clock(left + outside)}`, "verdict-in"],
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
