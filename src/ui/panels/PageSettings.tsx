// Studies in this browser, their copies, the page's theme and its shortcuts.

import type { ReactNode } from "react";
import { findAction } from "../actions/first.ts";
import { useAction, usePage } from "../actions/context.ts";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";
import { Copies } from "./Copies.tsx";
import { Studies } from "./Studies.tsx";

export default function PageSettings() {
  const on = usePage((page) => page.singleKeys);
  const awake = usePage((page) => page.stayAwake);
  const notify = usePage((page) => page.notify);
  return (
    <div className="page-settings">
      <section aria-labelledby="studies-title">
        <h3 id="studies-title">Studies</h3>
        <Studies />
      </section>
      <section aria-labelledby="copies-title">
        <h3 id="copies-title">Copies</h3>
        <Copies />
      </section>
      <section aria-labelledby="looks-title">
        <h3 id="looks-title">Appearance</h3>
        <ActionButton action="theme" />
      </section>
      <section aria-labelledby="away-title">
        <h3 id="away-title">While you are away</h3>
        <Check action="stay-awake" on={awake}>
          Keep the screen on while a study runs
        </Check>
        <Check action="notify" on={notify}>
          Notify of a new best and of the end of a study
        </Check>
        <ActionFailure actions={["notify"]} />
      </section>
      <section aria-labelledby="keys-title">
        <h3 id="keys-title">Keyboard</h3>
        <Check action="single-keys" on={on}>
          Shortcuts of a single key
        </Check>
        <ActionButton action="help" kind="link" />
      </section>
      <p className="quiet">
        Nothing leaves this browser unless you export it, keep a copy in a folder or compute elsewhere.
      </p>
    </div>
  );
}

interface CheckProps {
  readonly action: string;
  readonly on: boolean;
  readonly children: ReactNode;
}

/** A setting that is on or off. */
function Check({ action, on, children }: CheckProps) {
  const { run } = useAction(findAction(action));
  return (
    <label className="check-label">
      <input type="checkbox" data-testid={action} checked={on} onChange={run} /> {children}
    </label>
  );
}
