// The list of experiments: a filter, heads to sort by, and one row each. It is one tab stop: arrows move the selection,
// Enter goes to the details; only the rows in view are in the document.

import { useEffect, useRef, useState, type KeyboardEvent, type MouseEvent } from "react";
import { choose, listOf, shownNumber, step } from "../actions/selection.ts";
import { useActions, useArena, useLab, usePage } from "../actions/context.ts";
import { plural } from "../state/format.ts";
import { firstSort, type SortKey } from "../state/listing.ts";
import { FilterBox } from "./FilterBox.tsx";
import { Row } from "./Row.tsx";
import { useWindow } from "./use-window.ts";

const ROW = 28;
/** For touch screens. */
const TALL_ROW = 40;

export default function Experiments() {
  return (
    <>
      <FilterBox />
      <Heads />
      <Rows />
    </>
  );
}

const HEADS: readonly (readonly [by: SortKey, label: string, title: string])[] = [
  ["number", "No.", "Sort by number"],
  ["score", "Score", "lower is better"],
  ["gain", "Gain", "How much lower than the best of its moment; more is better"],
  ["researcher", "By", "Who proposed it"],
  ["speed", "tok/s", "Tokens trained per second"],
];

function Heads() {
  const { page } = useActions();
  const sort = usePage((p) => p.sort);
  const { unit, validation, trains } = useArena();
  const heads = trains ? HEADS : HEADS.filter(([by]) => by !== "speed");
  return (
    <div className="list-heads" role="group" aria-label="Sort by">
      {heads.map(([by, label, title]) => (
        <button
          key={by}
          type="button"
          className={`list-head head-${by}`}
          title={by === "score" ? `${unit} on the ${validation}; ${title}` : title}
          aria-pressed={sort.by === by}
          aria-label={
            sort.by === by ? `${label}, ${sort.ascending ? "ascending" : "descending"}` : `Sort by ${label}`
          }
          onClick={() => {
            page.setState({ sort: sort.by === by ? { by, ascending: !sort.ascending } : firstSort(by) });
          }}
        >
          {label}
          {sort.by === by && <span aria-hidden="true"> {sort.ascending ? "↑" : "↓"}</span>}
        </button>
      ))}
    </div>
  );
}

function Rows() {
  const context = useActions();
  const list = usePage(listOf);
  const shown = usePage(shownNumber);
  const compared = usePage((page) => page.compared);
  const pins = usePage((page) => page.pins);
  const incumbent = useLab((lab) => lab.study?.incumbent ?? null, null);
  const [height] = useState(() => (matchMedia("(pointer: coarse)").matches ? TALL_ROW : ROW));
  const { box, from, to, show } = useWindow(list, height);
  const at = list.findIndex((e) => e.number === shown);
  const before = useRef(list.length);
  // Only when the selection moves: a growing list must not scroll by itself, nor a new best take the reader elsewhere.
  useEffect(() => {
    const page = context.page.getState();
    const now = listOf(page);
    const arrived = page.selected === null && now.length > before.current;
    if (!arrived || box.current?.scrollTop === 0) show(now.findIndex((e) => e.number === shown));
  }, [context.page, shown, show, box]);
  useEffect(() => {
    before.current = list.length;
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / height) - 1);
    const moves: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -list.length,
      End: list.length,
    };
    const move = moves[event.key];
    if (move !== undefined) step(context, move);
    else if (event.key === "Enter") context.browser.jump("selected");
    else return;
    event.preventDefault();
  };
  const numberAt = (event: MouseEvent) => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-number]") : null;
    return row === null ? null : Number(row.dataset.number);
  };
  const point = (number: number | null) => {
    if (context.page.getState().cursor !== number) context.page.setState({ cursor: number });
  };
  return (
    <>
      <div
        ref={box}
        id="rows"
        className="rows"
        role="listbox"
        tabIndex={0}
        aria-label="Experiments"
        aria-activedescendant={at >= from && at < to ? `experiment-${list[at]?.number}` : undefined}
        onKeyDown={onKeyDown}
        onPointerOver={(event) => {
          point(numberAt(event));
        }}
        onPointerLeave={() => {
          point(null);
        }}
        onClick={(event) => {
          const number = numberAt(event);
          if (number === null) return;
          // On a phone the details are below the list.
          if (choose(context, number, event) && matchMedia("(max-width: 719px)").matches)
            context.browser.jump("selected");
        }}
      >
        <div role="none" className="rows-all" style={{ height: list.length * height }}>
          {list.slice(from, to).map((e, i) => (
            <Row
              key={e.number}
              experiment={e}
              top={(from + i) * height}
              height={height}
              index={from + i}
              count={list.length}
              selected={e.number === shown}
              compared={e.number === compared}
              pinned={pins.includes(e.number)}
              incumbent={e.commit === incumbent}
            />
          ))}
        </div>
      </div>
      {list.length === 0 && <NoneFound />}
    </>
  );
}

function NoneFound() {
  const { page } = useActions();
  const all = useLab((lab) => lab.experiments.length, 0);
  return (
    <p className="none-found">
      None of {plural(all, "experiment")} matches.{" "}
      <button
        type="button"
        className="button button-link"
        onClick={() => {
          page.setState({ query: "" });
        }}
      >
        Clear the filter
      </button>
    </p>
  );
}
