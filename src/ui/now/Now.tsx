// The current run: its hypothesis, its stage and progress, and its loss. Without a run: the form to begin one.

import { lazy, Suspense } from "react";
import type { CurrentRun, LabState } from "../../research/index.ts";
import { useLab, usePage } from "../actions/context.ts";
import { bytes, clock, compact, count } from "../state/format.ts";
import { Term } from "../frame/Term.tsx";
import { Begin, Continue } from "./Begin.tsx";
import { Elapsed } from "./Elapsed.tsx";
import { Untrained } from "./Untrained.tsx";
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
          <Elapsed />
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
  return progress === null ? (
    <p className="quiet">The repository is verified before anything is written.</p>
  ) : (
    <Preparing progress={progress} />
  );
}

/** Work before a run, such as fetching the text. */
function Preparing({ progress }: { readonly progress: NonNullable<LabState["studyProgress"]> }) {
  const { what, done, total } = progress;
  return (
    <>
      <p className="quiet" data-testid="preparing">
        {what}
        <Elapsed key={what} />
      </p>
      <progress
        className="progress-bar"
        aria-label={what}
        {...(total > 0 ? { value: done, max: total } : {})}
      />
    </>
  );
}

function Running({ run, stopping }: { readonly run: CurrentRun | null; readonly stopping: boolean }) {
  const text = useLab((lab) => lab.corpusProgress, null);
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
          {run.source !== "" && (
            <Suspense fallback={<div className="live-wait" />}>
              <LossCanvas />
            </Suspense>
          )}
          <Figures run={run} />
          <Untrained />
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
        {run.stage === "rehearsing" && (
          <>
            {" "}
            <Term word="rehearsal" />
          </>
        )}
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
