// Progress of work before a run, such as fetching the text.

import type { LabState } from "../../research/index.ts";
import { Elapsed } from "./Elapsed.tsx";

export function Preparing({ progress }: { readonly progress: NonNullable<LabState["studyProgress"]> }) {
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
