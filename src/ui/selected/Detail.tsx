// The parts of an experiment that are too large for a snapshot (source, curve, commit message), fetched when first
// shown.

import { useEffect, type ReactNode } from "react";
import type { ExperimentDetail } from "../../research/index.ts";
import { loadDetail } from "../actions/selection.ts";
import { useActions, usePage } from "../actions/context.ts";

// Holding `j` passes many experiments that need no details.
const PAUSE_MS = 120;

/** The details of an experiment, or null until they arrive; `number` null requests nothing. */
export function useDetail(number: number | null): ExperimentDetail | null {
  const context = useActions();
  const found = usePage((page) => (number === null ? undefined : page.details[number]));
  useEffect(() => {
    if (number === null || found !== undefined) return;
    const timer = setTimeout(() => void loadDetail(context, number), PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [context, number, found]);
  return found?.state === "ready" ? found.detail : null;
}

interface Props {
  readonly number: number;
  /** Shown when the details are here. */
  readonly children: (detail: ExperimentDetail) => ReactNode;
}

/** Its children with the details; until they arrive a notice, or the error. */
export function WithDetail({ number, children }: Props) {
  const context = useActions();
  const detail = useDetail(number);
  const failed = usePage((page) => {
    const found = page.details[number];
    return found?.state === "failed" ? found.reason : null;
  });
  if (detail !== null) return <>{children(detail)}</>;
  if (failed === null) {
    return (
      <p className="quiet" role="status">
        Reading commit of #{number}…
      </p>
    );
  }
  return (
    <p className="failure" role="alert">
      {failed}{" "}
      <button type="button" className="button button-link" onClick={() => void loadDetail(context, number)}>
        Try again
      </button>
    </p>
  );
}
