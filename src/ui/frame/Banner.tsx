// The states in which the lab cannot work here, each with advice.

import { plural } from "../state/format.ts";
import { useArena, useLab, usePage } from "../actions/context.ts";
import { ActionButton, ActionFailure } from "./ActionButton.tsx";
import { Damage } from "./Damage.tsx";
import { Playback } from "./Playback.tsx";
import { gpuHelp, gpuProblem, type GpuProblem } from "./gpu-help.ts";

export default function Banner() {
  const webgpu = usePage((page) => page.webgpu);
  const phase = useLab((lab) => lab.phase, "opening");
  const error = useLab((lab) => lab.noDevice ?? lab.error ?? "", "");
  const hasDevice = useLab((lab) => lab.device !== null, false);
  const hasStudy = useLab((lab) => lab.study !== null, false);
  const without = useLab((lab) => lab.noDevice !== null, false);
  const needed = useArena().trains || !hasStudy;
  const storage = useLab((lab) => lab.storage.state, "ok");
  const recorded = usePage((page) => page.playback !== null);
  const failed = phase === "failed";
  const around = { webgpu, secure: isSecureContext, failed: failed || without, hasDevice, error };
  const problem = needed ? gpuProblem(around) : "none";
  if (recorded) return <Playback />;
  if (problem !== "none") return <NoGpu problem={problem} error={error} />;
  if (phase === "damaged") return <Damage />;
  if (storage === "lost") return <Lost />;
  if (storage === "full") return <Full />;
  if (phase === "readonly") return <ReadOnly />;
  if (failed) return <Failed error={error} />;
  return null;
}

function NoGpu({ problem, error }: { readonly problem: GpuProblem; readonly error: string }) {
  const idle = useLab((lab) => lab.phase === "idle" && lab.arenas.length > 0, false);
  const chosen = useArena();
  const titles: Record<GpuProblem, string> = {
    none: "",
    missing: "This browser has no WebGPU",
    insecure: "This address is not secure, so the browser hides the GPU",
    "no-adapter": "The browser has WebGPU, but no GPU it may use",
  };
  return (
    <div className="banner" role="alert" data-testid="no-gpu">
      <h2>{titles[problem]}</h2>
      <p>
        A small GPT trains on the machine’s own graphics processor, through WebGPU. Without it no model can be
        trained here; a notebook that is already in this browser stays readable below.
      </p>
      {idle && (
        <p>
          Other arenas need no GPU. Below you can start one now and see its first results in seconds. Chosen
          is: {chosen.title}.
        </p>
      )}
      {problem === "insecure" ? (
        <p>
          Open the page over <code>https://</code>, or from the same machine as <code>http://localhost</code>.
        </p>
      ) : (
        gpuHelp(navigator.userAgent).map((help, i) => (
          <details key={help.browser} open={i === 0}>
            <summary>{help.browser}</summary>
            <ul>
              {help.steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ul>
          </details>
        ))
      )}
      <p>
        A machine with a GPU can also compute for this page without a browser: <code>npm run engine</code>.
      </p>
      {error !== "" && <p className="failure">The lab says: {error}</p>}
      <p>Meanwhile you can look at a recorded night.</p>
      <ActionButton action="explore-recording" kind="primary" testId="explore-recording" />
    </div>
  );
}

function ReadOnly() {
  return (
    <div className="banner banner-calm" role="status" data-testid="readonly">
      <h2>Another tab owns this lab</h2>
      <p>
        Only one tab at a time may write into the notebook. This one is read-only. To work here, close the
        other tab and reload this page.
      </p>
      <Reload />
    </div>
  );
}

/** Site data were cleared while the page was open. */
function Lost() {
  const experiments = useLab((lab) => lab.experiments.length, 0);
  return (
    <div className="banner" role="alert" data-testid="lost">
      <h2>This browser deleted the notebook</h2>
      <p>
        This site’s data were cleared, so the notebook and its copies in this browser are gone.
        {experiments > 0
          ? ` This tab still holds ${plural(experiments, "experiment")} in memory. Export before you close or reload it; then restore from the exported file.`
          : " There was no experiment in it. Reload to begin again."}
      </p>
      <div className="button-row">
        {experiments > 0 && <ActionButton action="export-bundle" kind="primary" testId="export-memory" />}
        <Reload />
      </div>
      <ActionFailure actions={["export-bundle"]} />
    </div>
  );
}

function Full() {
  return (
    <div className="banner" role="alert" data-testid="full">
      <h2>The browser’s storage is full</h2>
      <p>
        The last write was refused. The lab waits and continues by itself when there is room. Free disk space
        or delete other sites’ data; saved experiments are kept.
      </p>
      <ActionButton action="export-bundle" hideWhenUnavailable />
    </div>
  );
}

function Failed({ error }: { readonly error: string }) {
  const engine = useLab((lab) => lab.engine, null);
  const ofEngine = engine !== null && error.includes(engine);
  return (
    <div className="banner" role="alert" data-testid="failed">
      <h2>The lab cannot go on</h2>
      <p className="failure">{error === "" ? "It did not say why." : error}</p>
      <p>
        Nothing more is written. Reload to try again.{" "}
        {ofEngine
          ? "Under Machine you can choose another engine, or this browser."
          : "If it fails again, check whether the disk is full or the browser forbids this site to store data."}
      </p>
      <Reload />
    </div>
  );
}

function Reload() {
  return (
    <button
      type="button"
      className="button button-plain"
      onClick={() => {
        location.reload();
      }}
    >
      Reload
    </button>
  );
}
