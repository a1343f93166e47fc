// The current run: its hypothesis, its stage and progress, and its loss. Without a run: the form to begin one.

import { lazy, Suspense, useEffect, useState } from "react";
import type { CurrentRun } from "../../research/index.ts";
import { useLab, usePage } from "../actions/context.ts";
import { bytes, clock, compact, count } from "../state/format.ts";
import { Begin, Continue } from "./Begin.tsx";
import { stageDetail, stageName, stageProgress, timeLeft } from "../state/stages.ts";

const LossCanvas = lazy(() => import("../live/LossCanvas.tsx"));

export function Now() {
  const phase = useLab((lab) => lab.phase, "opening");
  const current = useLab((lab) => lab.current, null);
  const hasStudy = useLab((lab) => lab.study !== null, false);
  const webgpu = usePage((page) => page.webgpu);
  const running = phase === "running" || phase === "stopping" || (phase === "readonly" && current !== null);
  if (running) return <Running run={current} stopping={phase === "stopping"} />;
  if (phase === "opening" && webgpu) {
    return (
      <div className="now">
        <p className="stage" data-testid="stage">
          Opening the notebook…
        </p>
        <Opening />
      </div>
    );
  }
  if (phase === "idle") return <div className="now">{hasStudy ? <Continue /> : <Begin />}</div>;
  return (
    <div className="now">
      <p className="quiet">No run is under way here.</p>
    </div>
  );
}

function Opening() {
  const progress = useLab((lab) => lab.studyProgress ?? lab.corpusProgress, null);
  if (progress === null) {
    return <p className="quiet">The repository is verified before anything is written.</p>;
  }
  return (
    <>
      <p className="quiet">{progress.what}</p>
      <progress
        className="progress-bar"
        aria-label={progress.what}
        {...(progress.total > 0 ? { value: progress.done, max: progress.total } : {})}
      />
    </>
  );
}

function Running({ run, stopping }: { readonly run: CurrentRun | null; readonly stopping: boolean }) {
  return (
    <div className="now">
      {run === null ? (
        <p className="stage" data-testid="stage" aria-live="polite">
          Between two runs
        </p>
      ) : (
        <>
          <Idea run={run} />
          <StageLine run={run} />
          {run.source !== "" && (
            <Suspense fallback={<div className="live-wait" />}>
              <LossCanvas />
            </Suspense>
          )}
          <Meaning />
          <Figures run={run} />
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
  return (
    <div className="stage-line">
      <p className="stage">
        <span data-testid="stage" data-stage={run.stage} aria-live="polite">
          {stageName(run.stage)}
          {run.stage === "compiling" || detail === "" ? "" : `, ${detail}`}
        </span>
        {run.stage === "compiling" && detail !== "" && <span className="quiet">, {detail}</span>}
        {run.stage !== "training" && <Elapsed key={`${run.number} ${run.run} ${run.stage}`} />}
        <span className="time-left" data-testid="time-left">
          {left === null
            ? "trained"
            : run.stage === "training"
              ? `${clock(left)} left`
              : `${clock(left)} of training`}
        </span>
      </p>
      <progress
        className="progress-bar"
        aria-label={stageName(run.stage)}
        {...(share === null ? {} : { value: share, max: 1 })}
      />
    </div>
  );
}

/** Time since the stage began, shown after 3 s: a quick stage needs no clock. */
function Elapsed() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      setSeconds((old) => old + 1);
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return seconds < 3 ? null : <span className="quiet mono"> {clock(seconds)}</span>;
}

/** Explains the score, until there are two experiments. */
function Meaning() {
  const few = useLab((lab) => lab.experiments.length < 2, false);
  const gzip = useLab((lab) => lab.corpus?.baselines.gzip ?? null, null);
  if (!few || gzip === null) return null;
  return (
    <p className="meaning">
      The score is the number of bits this model needs for a byte of text it has never seen: 8 is knowing
      nothing, gzip needs {gzip.toFixed(2)}. It is worse than gzip at first, because it is small and has read
      for minutes only; each change that is kept brings it down.
    </p>
  );
}

function Figures({ run }: { readonly run: CurrentRun }) {
  const known = (value: number, text: string) => (value > 0 ? text : "–");
  const rows: [label: string, value: string, testId?: string][] = [
    ["tokens/s", known(run.tokensPerSecond, count(run.tokensPerSecond)), "tokens-per-second"],
    ["last loss", run.loss === null ? "–" : run.loss.toFixed(3)],
    ["step", known(run.step, count(run.step))],
    ["tokens", compact(run.tokens)],
    ["parameters", compact(run.parameters)],
    ["memory", known(run.peakBytes, bytes(run.peakBytes))],
  ];
  return (
    <dl className="figures">
      {rows.map(([label, value, testId]) => (
        <div key={label}>
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
