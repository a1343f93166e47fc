// The filter of the list, with examples below it while it has the focus.

import { useId, useState } from "react";
import { listOf } from "../actions/selection.ts";
import { useActions, useLab, usePage } from "../actions/context.ts";
import { count } from "../state/format.ts";

const EXAMPLES = ["kept", "crashed", "<1.42", "by:model", "#10..20", "pinned", "-kept"] as const;

export function FilterBox() {
  const { page, browser } = useActions();
  const query = usePage((p) => p.query);
  const found = usePage((p) => listOf(p).length);
  const all = useLab((lab) => lab.experiments.length, 0);
  const [open, setOpen] = useState(false);
  const hint = useId();
  return (
    <div
      className="filter-box"
      onFocus={() => {
        setOpen(true);
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <input
        id="filter"
        type="search"
        data-testid="filter"
        aria-label="Filter the experiments"
        aria-describedby={hint}
        placeholder="Filter: kept, <1.42, by:model, words"
        autoComplete="off"
        spellCheck={false}
        value={query}
        onChange={(event) => {
          page.setState({ query: event.target.value });
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape" && query !== "") page.setState({ query: "" });
          else if (["Escape", "Enter", "ArrowDown"].includes(event.key)) browser.jump("rows");
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <p className="filter-count" role="status">
        {query.trim() === "" ? count(all) : `${count(found)} of ${count(all)}`}
      </p>
      <p id={hint} className="hidden">
        Words that must all match. Escape clears it, Enter goes to the list.
      </p>
      {open && (
        <div className="filter-examples" role="group" aria-label="Examples">
          {EXAMPLES.map((example) => (
            <button
              key={example}
              type="button"
              className="filter"
              onClick={() => {
                page.setState({ query: example });
              }}
            >
              {example}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
