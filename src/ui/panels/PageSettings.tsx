// Studies in this browser, their copies, the page's theme and its shortcuts.

import { currentActions, findAction, perform } from "../actions/registry.ts";
import { useAction, useActions, useLab, usePage } from "../actions/context.ts";
import { ActionButton } from "../frame/ActionButton.tsx";
import { Copies } from "./Copies.tsx";

const NONE: readonly string[] = [];

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
      <p className="quiet">Nothing leaves this browser unless you export it or keep a copy in a folder.</p>
    </div>
  );
}

function Studies() {
  const context = useActions();
  const open = useLab((lab) => lab.study?.tag ?? null, null);
  const studies = useLab((lab) => lab.studies, NONE);
  const page = usePage((p) => p);
  const actions = currentActions(page);
  if (studies.length === 0) return <p className="empty">A study appears here once it has begun.</p>;
  return (
    <>
      <ul className="studies">
        {studies.map((tag) => {
          const action = actions.find(({ id }) => id === `open-study:${tag}`);
          return (
            <li key={tag}>
              <span className="mono">{tag}</span>{" "}
              {tag === open || action === undefined ? (
                <span className="quiet">open</span>
              ) : (
                <button
                  type="button"
                  className="button button-link"
                  aria-label={`Open study ${tag}`}
                  disabled={!action.available(page)}
                  title={action.available(page) ? undefined : "Stop the running study first"}
                  onClick={() => void perform(action, context)}
                >
                  Open
                </button>
              )}
              {page.failures[`open-study:${tag}`] !== undefined && (
                <p className="failure" role="alert">
                  {page.failures[`open-study:${tag}`]}
                </p>
              )}
            </li>
          );
        })}
      </ul>
      <ActionButton action="new-study" />
    </>
  );
}
