// The states in which the lab cannot work here, each with what to do about it.

import { useLab, usePage } from "../actions/context.ts";
import { gpuHelp, gpuProblem, type GpuProblem } from "./gpu-help.ts";

export function Banner() {
  const webgpu = usePage((page) => page.webgpu);
  const phase = useLab((lab) => lab.phase, "opening");
  const error = useLab((lab) => lab.error ?? "", "");
  const hasDevice = useLab((lab) => lab.device !== null, false);
  const failed = phase === "failed";
  const problem = gpuProblem({ webgpu, secure: isSecureContext, failed, hasDevice, error });
  if (problem !== "none") return <NoGpu problem={problem} error={error} />;
  if (phase === "readonly") return <ReadOnly />;
  if (failed) return <Failed error={error} />;
  return null;
}

function NoGpu({ problem, error }: { readonly problem: GpuProblem; readonly error: string }) {
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
        Overnight trains on the machine’s own graphics processor, through WebGPU. Without it nothing can be
        trained here; a notebook that is already in this browser stays readable below.
      </p>
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
      {error !== "" && <p className="failure">The lab says: {error}</p>}
    </div>
  );
}

function ReadOnly() {
  return (
    <div className="banner banner-calm" role="status" data-testid="readonly">
      <h2>Another tab owns this lab</h2>
      <p>
        Only one tab at a time may write into the notebook. This one reads along. To work here, close the
        other tab and reload this page.
      </p>
      <Reload />
    </div>
  );
}

function Failed({ error }: { readonly error: string }) {
  return (
    <div className="banner" role="alert" data-testid="failed">
      <h2>The lab cannot go on</h2>
      <p className="failure">{error === "" ? "It did not say why." : error}</p>
      <p>
        Nothing more is written, so what the notebook already holds is safe. Reload to try again; if it fails
        again, look whether the disk is full or the browser forbids this site to store data.
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
