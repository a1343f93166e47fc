// The machine: its adapter and measured speed, and a warning when the browser may evict the notebook.

import type { DeviceView } from "../../research/index.ts";
import { useLab } from "../actions/context.ts";
import { count } from "../state/format.ts";
import { Engine } from "./Engine.tsx";

const TIERS: Readonly<Record<DeviceView["tier"], string>> = {
  software: "no GPU, the processor computes",
  integrated: "an integrated GPU",
  laptop: "a laptop’s GPU",
  desktop: "a desktop’s GPU",
};

export default function Device() {
  const device = useLab((lab) => lab.device, null);
  const persisted = useLab((lab) => lab.persisted, true);
  const phase = useLab((lab) => lab.phase, "opening");
  return (
    <div data-testid="device" className="device">
      {device === null ? (
        <p className="empty">
          {phase === "failed"
            ? "No GPU could be opened."
            : "The GPU’s name and limits appear here once the lab has opened it."}
        </p>
      ) : (
        <Known device={device} />
      )}
      <Engine />
      {!persisted && (phase === "idle" || phase === "running" || phase === "stopping") && (
        <p className="help">The browser may evict this study when its disk fills up; export it to be safe.</p>
      )}
    </div>
  );
}

function Known({ device }: { readonly device: DeviceView }) {
  const engine = useLab((lab) => lab.engine, null);
  const name = [device.vendor, device.architecture].filter((s) => s !== "").join(" ");
  return (
    <>
      <p className="device-name">
        <strong>{device.description === "" ? name : device.description}</strong>
        {device.description !== "" && name !== "" && <span className="quiet"> {name}</span>}
      </p>
      {device.software && (
        <p className="warning">
          {engine === null
            ? "This machine has no GPU that the browser may use"
            : "The engine’s machine has no GPU"}
          : a software adapter computes on the processor instead. It works, but slowly; the study begins with
          a smaller model.
        </p>
      )}
      <dl className="device-facts">
        <div>
          <dt>Class</dt>
          <dd>{TIERS[device.tier]}</dd>
        </div>
        <div>
          <dt>Measured</dt>
          <dd>{count(device.gflops)} GFLOP/s</dd>
        </div>
        <div>
          <dt>Features</dt>
          <dd>{device.features.length === 0 ? "none beyond the minimum" : device.features.join(", ")}</dd>
        </div>
      </dl>
    </>
  );
}
