// The table of experiments. j, k and the arrows move, Enter opens; one experiment is open at a time, in place.

import { useMemo, type KeyboardEvent } from "react";
import type { ExperimentView } from "../../research/index.ts";
import { openExperiment } from "../actions/notebook.ts";
import { statusWord } from "../chart/Mark.tsx";
import { useActions, useLab, usePage } from "../actions/context.ts";
import type { StatusFilter } from "../state/store.ts";
import { ExperimentRows } from "./ExperimentRows.tsx";

const NONE: readonly ExperimentView[] = [];
// A night is a hundred rows; the page below should stay within reach until they are asked for.
const FIRST_ROWS = 25;
const FILTERS: readonly StatusFilter[] = ["all", "keep", "discard", "crash", "invalid"];

export function Experiments() {
  const context = useActions();
  const experiments = useLab((lab) => lab.experiments, NONE);
  const incumbent = useLab((lab) => lab.study?.incumbent ?? null, null);
  const filter = usePage((page) => page.filter);
  const newestFirst = usePage((page) => page.newestFirst);
  const selected = usePage((page) => page.selected);
  const allRows = usePage((page) => page.allRows);
  const listed = useMemo(() => {
    const list = experiments.filter((e) => filter === "all" || e.status === filter);
    return newestFirst ? list.reverse() : list;
  }, [experiments, filter, newestFirst]);
  // What was opened from the chart must be there to be jumped to.
  const until = Math.max(FIRST_ROWS, listed.findIndex((e) => e.number === selected) + 1);
  const shown = allRows || listed.length <= FIRST_ROWS + 5 ? listed : listed.slice(0, until);

  if (experiments.length === 0) {
    return (
      <p className="empty">
        One row for every experiment: what was tried, by whom, its score against the incumbent, and whether it
        was kept. The baseline will be number 0. A row opens to its diff, its lesson and a sample of what the
        model writes.
      </p>
    );
  }
  return (
    <>
      <Filters experiments={experiments} filter={filter} />
      <div className="table-scroll">
        <table className="experiments" onKeyDown={moveFocus}>
          <caption className="hidden">
            Experiments, {newestFirst ? "newest first" : "oldest first"}. Press j or k to move, Enter to open.
          </caption>
          <thead>
            <tr>
              <th scope="col" aria-sort={newestFirst ? "descending" : "ascending"}>
                <button
                  type="button"
                  className="sort"
                  title="Turn the order around"
                  onClick={() => {
                    context.page.setState({ newestFirst: !newestFirst });
                  }}
                >
                  No. <span aria-hidden="true">{newestFirst ? "↓" : "↑"}</span>
                </button>
              </th>
              <th scope="col">Status</th>
              <th scope="col" className="number">
                val_bpb
              </th>
              <th scope="col" className="number" title="Against the incumbent of that moment">
                Change
              </th>
              <th scope="col">Hypothesis</th>
              <th scope="col">Researcher</th>
              <th scope="col" className="number">
                tok/s
              </th>
              <th scope="col" className="number">
                Trained
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((e) => (
              <ExperimentRows
                key={e.number}
                experiment={e}
                open={selected === e.number}
                incumbent={e.commit === incumbent}
                onToggle={() => void openExperiment(context, selected === e.number ? null : e.number)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < listed.length && (
        <button
          type="button"
          className="button button-plain more-rows"
          onClick={() => {
            context.page.setState({ allRows: true });
          }}
        >
          Show all {listed.length}
        </button>
      )}
      {shown.length === 0 && filter !== "all" && (
        <p className="empty">Nothing was {statusWord(filter)} yet.</p>
      )}
    </>
  );
}

function Filters(props: { readonly experiments: readonly ExperimentView[]; readonly filter: StatusFilter }) {
  const { page } = useActions();
  return (
    <div className="filters" role="group" aria-label="Show">
      {FILTERS.map((status) => {
        const n =
          status === "all"
            ? props.experiments.length
            : props.experiments.filter((e) => e.status === status).length;
        return (
          <button
            key={status}
            type="button"
            className="filter"
            aria-pressed={props.filter === status}
            onClick={() => {
              page.setState({ filter: status });
            }}
          >
            {status === "all" ? "all" : statusWord(status)} <span className="mono">{n}</span>
          </button>
        );
      })}
    </div>
  );
}

/** Moves the focus between the rows' own buttons; Enter and Space are theirs by nature, Escape closes. */
function moveFocus(event: KeyboardEvent<HTMLTableElement>): void {
  const here = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
  if (here === null || event.ctrlKey || event.metaKey || event.altKey) return;
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("button[data-row]")];
  const at = buttons.indexOf(here);
  const to: Record<string, number> = {
    j: at + 1,
    ArrowDown: at + 1,
    k: at - 1,
    ArrowUp: at - 1,
    Home: 0,
    End: buttons.length - 1,
  };
  const next = buttons[to[event.key] ?? -1];
  if (event.key === "Escape" && here.getAttribute("aria-expanded") === "true") here.click();
  else if (next !== undefined) next.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
