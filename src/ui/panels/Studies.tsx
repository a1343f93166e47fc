// The studies of this browser with their sizes, to open and delete. A deleted study can be restored.

import { useEffect, useState } from "react";
import type { StudyRow } from "../../research/index.ts";
import { useActions, useLab, usePage } from "../actions/context.ts";
import { currentActions, perform } from "../actions/registry.ts";
import { ActionButton } from "../frame/ActionButton.tsx";
import { plural } from "../state/format.ts";

const NONE: readonly string[] = [];

export function Studies() {
  const { client } = useActions();
  const open = useLab((lab) => lab.study?.tag ?? null, null);
  const studies = useLab((lab) => lab.studies, NONE);
  const deleted = useLab((lab) => lab.deleted, NONE);
  const done = useLab((lab) => lab.experiments.length, 0);
  const [rows, setRows] = useState<readonly StudyRow[]>([]);
  useEffect(() => {
    let current = true;
    // Without the figures the list still has every name.
    void client.listStudies().then(
      (found) => {
        if (current) setRows(found);
      },
      () => {
        if (current) setRows([]);
      },
    );
    return () => {
      current = false;
    };
  }, [client, studies, done]);
  if (studies.length === 0) return <p className="empty">A study appears here once it has begun.</p>;
  return (
    <>
      <ul className="studies">
        {studies.map((tag) => (
          <li key={tag}>
            <span className="mono">{tag}</span>{" "}
            <span className="quiet">{figures(rows.find((row) => row.tag === tag))}</span>{" "}
            {tag === open ? (
              <span className="quiet">open</span>
            ) : (
              <>
                <StudyButton id={`open-study:${tag}`} short="Open" />
                <StudyButton id={`delete-study:${tag}`} short="Delete" />
              </>
            )}
          </li>
        ))}
        {deleted.map((tag) => (
          <li key={tag} className="quiet">
            <span className="mono">{tag}</span> deleted{" "}
            <StudyButton id={`restore-study:${tag}`} short="Restore" />
          </li>
        ))}
      </ul>
      <p className="help">
        Drop a bundle on the page to bring a study here. A deleted study stays in the repository and can be
        restored.
      </p>
      <ActionButton action="new-study" />
    </>
  );
}

function figures(row: StudyRow | undefined): string {
  if (row === undefined) return "";
  const day = new Date(row.changedAt).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return `${plural(row.experiments, "experiment")}, ${day}`;
}

function StudyButton({ id, short }: { readonly id: string; readonly short: string }) {
  const context = useActions();
  const page = usePage((p) => p);
  const action = currentActions(page).find((one) => one.id === id);
  if (action === undefined) return null;
  const available = action.available(page);
  const failure = page.failures[id];
  return (
    <>
      <button
        type="button"
        className="button button-link"
        aria-label={action.label(page)}
        disabled={!available}
        title={available ? undefined : "Stop the running study first"}
        onClick={() => void perform(action, context)}
      >
        {short}
      </button>{" "}
      {failure !== undefined && (
        <p className="failure" role="alert">
          {failure}
        </p>
      )}
    </>
  );
}
