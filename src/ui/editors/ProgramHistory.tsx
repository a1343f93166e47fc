// The versions of program.md: what each led to, and its difference from the one before. Read when it is opened.

import { useState } from "react";
import type { ProgramVersion } from "../../research/index.ts";
import { useActions } from "../actions/context.ts";
import { bpb, lineOf, plural } from "../state/format.ts";
import { DiffView } from "./DiffView.tsx";

type Found =
  | { readonly state: "reading" }
  | { readonly state: "ready"; readonly versions: readonly ProgramVersion[] }
  | { readonly state: "failed"; readonly reason: string };

export function ProgramHistory() {
  const { client } = useActions();
  const [found, setFound] = useState<Found>({ state: "reading" });
  const read = async () => {
    setFound({ state: "reading" });
    try {
      setFound({ state: "ready", versions: await client.programHistory() });
    } catch (error) {
      setFound({ state: "failed", reason: lineOf(error) });
    }
  };
  return (
    <details
      className="detail-part"
      data-testid="program-history"
      onToggle={(event) => {
        if (event.currentTarget.open) void read();
      }}
    >
      <summary>Versions, and what they led to</summary>
      {found.state === "reading" && (
        <p className="quiet" role="status">
          Reading…
        </p>
      )}
      {found.state === "failed" && (
        <p className="failure" role="alert">
          {found.reason}
        </p>
      )}
      {found.state === "ready" && <Versions versions={found.versions} />}
    </details>
  );
}

function Versions({ versions }: { readonly versions: readonly ProgramVersion[] }) {
  if (versions.length === 0)
    return <p className="empty">Each version that an experiment used appears here.</p>;
  return (
    <ol className="versions" reversed>
      {[...versions].reverse().map((version, i) => (
        <li key={version.from}>
          <Version version={version} before={versions[versions.length - 2 - i] ?? null} />
        </li>
      ))}
    </ol>
  );
}

interface VersionProps {
  readonly version: ProgramVersion;
  readonly before: ProgramVersion | null;
}

function Version({ version, before }: VersionProps) {
  const { from, to, kept } = version;
  const numbers = from === to ? `#${from}` : `#${from} to #${to}`;
  const scores =
    version.before === null
      ? `best ${bpb(version.after)}`
      : `best ${bpb(version.before)} to ${bpb(version.after)}`;
  return (
    <>
      <p>
        <span className="mono">{numbers}</span>: {plural(to - from + 1, "experiment")}, {kept} kept, {scores}
      </p>
      {before !== null && (
        <details>
          <summary>What changed in program.md</summary>
          <DiffView before={before.text} after={version.text} whole={false} name="program.md" />
        </details>
      )}
    </>
  );
}
