// The buttons of the panels, in the head of the page.

import { type PANELS, panelsOf } from "../actions/page.ts";
import { findAction } from "../actions/first.ts";
import { useAction, useActions, useArena, usePage } from "../actions/context.ts";

export function PanelBar() {
  const { page } = useActions();
  useArena(); // the panels follow it
  return (
    <nav className="panel-bar" aria-label="Panels">
      {panelsOf(page.getState()).map(([name, title, keys]) => (
        <PanelButton key={name} name={name} title={title} keys={keys} />
      ))}
    </nav>
  );
}

function PanelButton({
  name,
  title,
  keys,
}: {
  name: (typeof PANELS)[number][0];
  title: string;
  keys: string;
}) {
  const action = useAction(findAction(`go-${name}`));
  const open = usePage((page) => page.panel === name);
  return (
    <button
      type="button"
      id={`open-${name}`}
      className="panel-button"
      data-testid={`open-${name}`}
      aria-expanded={open}
      aria-controls={open ? "panel" : undefined}
      title={`${action.label} (${keys})`}
      onClick={action.run}
    >
      {title}
    </button>
  );
}
