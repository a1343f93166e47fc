// The studies of this browser with their sizes. A deleted study can be restored.

import { useEffect, useState } from "react";
import type { StudyRow } from "../../research/index.ts";
import { useActions, useLab } from "../actions/context.ts";
import { ActionButton } from "../frame/ActionButton.tsx";
import { StudyButton, StudyItem } from "./StudyItem.tsx";

const NONE: readonly string[] = [];

export function Studies() {
  const { client } = useActions();
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
          <StudyItem key={tag} tag={tag} row={rows.find((row) => row.tag === tag)} />
        ))}
        {deleted.map((tag) => (
          <li key={tag} className="quiet">
            <span className="mono">{tag}</span> deleted{" "}
            <StudyButton verb="restore" tag={tag} short="Restore" />
          </li>
        ))}
      </ul>
      <p className="help">
        Drop a bundle on the page to bring a study here. A name is for this page; in git a study keeps its
        tag. A deleted study stays in the repository and can be restored.
      </p>
      <div className="button-row">
        <ActionButton action="new-study" />
        <ActionButton action="duplicate-study" testId="duplicate-study" />
      </div>
    </>
  );
}
