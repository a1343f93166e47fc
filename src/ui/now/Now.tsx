// The current run. Without one: the form to begin a study, or to go on with it.

import { Suspense } from "react";
import { lazyPart, useLab, usePage } from "../actions/context.ts";
import { Begin, Continue } from "./Begin.tsx";
import { Elapsed } from "./Elapsed.tsx";
import { Preparing } from "./Preparing.tsx";

const Running = lazyPart(() => import("./Running.tsx"));

export function Now() {
  const phase = useLab((lab) => lab.phase, "opening");
  const run = usePage((page) => page.run);
  const hasStudy = useLab((lab) => lab.study !== null, false);
  const webgpu = usePage((page) => page.webgpu);
  const running = phase === "running" || phase === "stopping" || (phase === "readonly" && run !== null);
  if (running)
    return (
      <Suspense fallback={null}>
        <Running run={run} stopping={phase === "stopping"} />
      </Suspense>
    );
  if (phase === "opening" && webgpu) {
    return (
      <div className="now now-opening">
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
