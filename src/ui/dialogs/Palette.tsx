// The command palette: every action that is available now, by name.

import { useMemo, useState, type KeyboardEvent } from "react";
import { perform } from "../actions/first.ts";
import { currentActions } from "../actions/registry.ts";
import { useActions, usePage } from "../actions/context.ts";
import { isApple } from "../frame/platform.ts";
import { keyCaps } from "../state/shortcuts.ts";
import { Dialog } from "./Dialog.tsx";
import { searchCommands } from "./palette-search.ts";

export default function Palette() {
  const context = useActions();
  const page = usePage((p) => p);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const found = useMemo(() => {
    const commands = currentActions(page)
      .filter((action) => action.id !== "palette" && action.available({ ...page, dialog: null }))
      .map((action) => ({ action, label: action.label(page), also: action.also }));
    return searchCommands(commands, query);
  }, [page, query]);
  const chosen = Math.min(at, found.length - 1);
  const close = () => {
    context.page.setState({ dialog: null });
  };
  const run = (index: number) => {
    const command = found[index];
    if (command === undefined) return;
    close();
    // After the dialog has returned the focus; otherwise that would undo a jump.
    setTimeout(() => void perform(command.action, context), 0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(chosen + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
    else if (event.key === "Enter") run(chosen);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Commands" className="palette" onClose={close}>
      <input
        autoFocus
        role="combobox"
        aria-label="Command"
        aria-expanded="true"
        aria-controls="commands"
        aria-activedescendant={found[chosen] === undefined ? undefined : `command-${chosen}`}
        placeholder="What would you like to do?"
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="commands" role="listbox" aria-label="Commands">
        {found.map(({ action, label }, i) => (
          <li
            key={action.id}
            id={`command-${i}`}
            role="option"
            aria-selected={i === chosen}
            ref={(li) => {
              if (i === chosen) li?.scrollIntoView({ block: "nearest" });
            }}
            onPointerMove={() => {
              setAt(i);
            }}
            onClick={() => {
              run(i);
            }}
          >
            <span>{label}</span>
            <span className="quiet">{action.group}</span>
            <Caps keys={action.keys} />
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="empty">No command of that name makes sense now.</p>}
    </Dialog>
  );
}

export function Caps({ keys }: { readonly keys: string | undefined }) {
  if (keys === undefined) return <span className="caps" />;
  return (
    <span className="caps">
      {keyCaps(keys, isApple).map((cap) => (
        <kbd key={cap}>{cap}</kbd>
      ))}
    </span>
  );
}
