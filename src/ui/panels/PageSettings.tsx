// Studies in this browser, their copies, the page's theme and its shortcuts.

import { findAction } from "../actions/registry.ts";
import { useAction, usePage } from "../actions/context.ts";
import { ActionButton } from "../frame/ActionButton.tsx";
import { Copies } from "./Copies.tsx";
import { Studies } from "./Studies.tsx";

export default function PageSettings() {
  const single = useAction(findAction("single-keys"));
  const on = usePage((page) => page.singleKeys);
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
      <section aria-labelledby="keys-title">
        <h3 id="keys-title">Keyboard</h3>
        <label className="check-label">
          <input type="checkbox" checked={on} onChange={single.run} /> Shortcuts of a single key
        </label>
        <ActionButton action="help" kind="link" />
      </section>
      <p className="quiet">
        Nothing leaves this browser unless you export it, keep a copy in a folder or compute elsewhere.
      </p>
    </div>
  );
}
