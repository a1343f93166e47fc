// The change of train.ts by an experiment, or the difference between two experiments.

import { useMemo, useState } from "react";
import { DiffView } from "../editors/DiffView.tsx";
import { diffLines } from "../editors/diff-lines.ts";
import { WithDetail } from "./Detail.tsx";
import { useArena } from "../actions/context.ts";
import type { Shown } from "./shown.ts";

export function Changes({ experiment, compared }: Shown) {
  const { file } = useArena();
  return (
    <WithDetail number={experiment.number}>
      {(detail) =>
        compared === null ? (
          <SourceDiff
            title={experiment.number === 0 ? `${file}, the baseline` : `${file} against its parent`}
            before={detail.parentSource}
            after={detail.source}
          />
        ) : (
          <WithDetail number={compared.number}>
            {(other) => (
              <SourceDiff
                title={`${file}, from #${compared.number} to #${experiment.number}`}
                before={other.source}
                after={detail.source}
              />
            )}
          </WithDetail>
        )
      }
    </WithDetail>
  );
}

interface DiffProps {
  readonly title: string;
  readonly before: string;
  readonly after: string;
}

function SourceDiff({ title, before, after }: DiffProps) {
  const diff = useMemo(() => diffLines(before, after), [before, after]);
  const [whole, setWhole] = useState(false);
  return (
    <div data-testid="diff">
      <h3>
        {title}{" "}
        <span className="diff-count">
          +{diff.added} −{diff.removed}
        </span>
        {before !== "" && (
          <button
            type="button"
            className="button button-link"
            aria-pressed={whole}
            onClick={() => {
              setWhole(!whole);
            }}
          >
            {whole ? "Changes only" : "Whole file"}
          </button>
        )}
      </h3>
      <DiffView before={before} after={after} whole={whole} />
    </div>
  );
}
