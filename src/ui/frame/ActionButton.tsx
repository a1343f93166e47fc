// A button of one action: its name, its shortcut as a title, disabled while the action is not available, with the reason
// beside it. While the action is under way it stays enabled, so that the focus is not lost; the registry ignores a second
// press.

import { useId } from "react";
import { findAction } from "../actions/first.ts";
import { useAction } from "../actions/context.ts";
import { keyCaps } from "../state/shortcuts.ts";
import { isApple } from "./platform.ts";

interface Props {
  readonly action: string;
  readonly testId?: string;
  readonly kind?: "primary" | "plain" | "link";
  /** Replaces the action's own name where there is little room; the name stays in the accessible one. */
  readonly short?: string;
  readonly hideWhenUnavailable?: boolean;
}

export function ActionButton({ action, testId, kind = "plain", short, hideWhenUnavailable }: Props) {
  const bound = useAction(findAction(action));
  const reason = useId();
  if (hideWhenUnavailable === true && !bound.available) return null;
  const caps = bound.keys === undefined ? "" : ` (${keyCaps(bound.keys, isApple).join(" ")})`;
  const button = (
    <button
      type="button"
      className={`button button-${kind}`}
      data-testid={testId}
      disabled={!bound.available}
      aria-busy={bound.pending}
      aria-label={short === undefined ? undefined : nameOf(short, bound.label)}
      aria-describedby={bound.why === null ? undefined : reason}
      title={`${bound.label}${caps}`}
      onClick={bound.run}
    >
      {short ?? bound.label}
    </button>
  );
  return bound.why === null ? (
    button
  ) : (
    <span className="with-why">
      {button}
      <span id={reason} className="why">
        {bound.why}
      </span>
    </span>
  );
}

/** The accessible name contains the button's text, so that it can be pressed by voice. */
function nameOf(short: string, label: string): string {
  return label.toLowerCase().includes(short.toLowerCase()) ? label : `${short}: ${label}`;
}

/** The latest error of each of these actions, shown beside their buttons. */
export function ActionFailure({ actions }: { readonly actions: readonly string[] }) {
  const lines = actions.map((id) => <FailureLine key={id} action={id} />);
  return <>{lines}</>;
}

function FailureLine({ action }: { readonly action: string }) {
  const { failure } = useAction(findAction(action));
  return failure === null ? null : (
    <p className="failure" role="alert">
      {failure}
    </p>
  );
}
