// The store is damaged: shows the problems, the rest of each study, and the ways to continue. Nothing is written until
// the reader decides.

import type { DamageView, SalvageView } from "../../research/index.ts";
import { useLab } from "../actions/context.ts";
import { ActionButton, ActionFailure } from "./ActionButton.tsx";

const LISTED = 8;

export function Damage() {
  const damage = useLab<DamageView | null>((lab) => lab.damage, null);
  if (damage === null) return null;
  const { problems, studies, copies, refused, writable } = damage;
  const broken = problems.length > 0;
  return (
    <div className="banner" role="alert" data-testid="damaged">
      <h2>{broken ? "The notebook in this browser is damaged" : "Restore this copy?"}</h2>
      {broken && <Lines lines={problems} />}
      {broken && <p>Nothing is written until you decide. The remaining data are listed below.</p>}
      <Left studies={studies} />
      {copies.length > 0 && <p className="help">Copies found: {copies.join(", ")}.</p>}
      {refused.length > 0 && <Lines lines={refused.map((line) => `Not used: ${line}`)} />}
      {!writable && (
        <p>
          This database cannot be written to. Export the remaining data; then clear this site’s data, reload,
          and restore from the exported file.
        </p>
      )}
      <div className="button-row">
        <ActionButton
          action="continue-with-left"
          kind="primary"
          testId="continue-with-left"
          hideWhenUnavailable
        />
        <ActionButton action="allow-folder" hideWhenUnavailable />
        <ActionButton action="bring-copies" testId="bring-copies" />
        <ActionButton action="export-bundle" hideWhenUnavailable />
        <ActionButton action="start-anew" testId="start-anew" hideWhenUnavailable />
      </div>
      <ActionFailure actions={["continue-with-left", "bring-copies", "allow-folder", "export-bundle"]} />
    </div>
  );
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ul>
      {lines.slice(0, LISTED).map((line) => (
        <li key={line}>{line}</li>
      ))}
      {lines.length > LISTED && <li>and {lines.length - LISTED} more</li>}
    </ul>
  );
}

function Left({ studies }: { readonly studies: readonly SalvageView[] }) {
  if (studies.length === 0) return <p>No study is left.</p>;
  return (
    <>
      <table className="left">
        <caption className="hidden">What is left of each study, in experiments</caption>
        <thead>
          <tr>
            <th scope="col">Study</th>
            <th scope="col">Recorded</th>
            <th scope="col">In the database</th>
            <th scope="col">In copies</th>
            <th scope="col">Left</th>
          </tr>
        </thead>
        <tbody>
          {studies.map((study) => (
            <tr key={study.tag} data-testid="left" data-left={study.left}>
              <th scope="row">{study.tag}</th>
              <td>{study.expected ?? "unknown"}</td>
              <td>{study.inStore}</td>
              <td>{study.inCopies}</td>
              <td>
                {study.left}
                {study.losses.length > 0 &&
                  ` (${study.losses.length === 1 ? "1 loss" : `${study.losses.length} losses`})`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {studies.map(
        ({ tag, losses }) =>
          losses.length > 0 && (
            <details key={tag} open>
              <summary>Lost in {tag}</summary>
              <Lines lines={losses} />
            </details>
          ),
      )}
    </>
  );
}
