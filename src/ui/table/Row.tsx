// One experiment in one line of the list.

import { memo } from "react";
import type { ExperimentView } from "../../research/index.ts";
import { useArena, usePage } from "../actions/context.ts";
import { MarkShape, statusWord } from "../chart/Mark.tsx";
import { bpb, count, delta } from "../state/format.ts";
import { gainOf } from "../state/listing.ts";

interface Props {
  readonly experiment: ExperimentView;
  /** Its distance from the top of the list [px]. */
  readonly top: number;
  readonly height: number;
  readonly index: number;
  readonly count: number;
  readonly selected: boolean;
  readonly compared: boolean;
  readonly pinned: boolean;
  readonly incumbent: boolean;
}

export const Row = memo(function Row(props: Props) {
  const { experiment: e, top, height, selected, compared, pinned, incumbent } = props;
  const pointed = usePage((page) => page.cursor === e.number);
  const { trains } = useArena();
  const failed = e.status === "crash" || e.status === "invalid";
  const state = [selected && "row-selected", compared && "row-compared", pointed && "row-pointed"];
  const words = failed && e.reason !== "" ? e.reason : e.hypothesis;
  return (
    <div
      id={`experiment-${e.number}`}
      role="option"
      aria-selected={selected}
      aria-posinset={props.index + 1}
      aria-setsize={props.count}
      className={["row", `row-${e.status}`, ...state.filter(Boolean)].join(" ")}
      style={{ transform: `translateY(${top}px)`, height }}
      data-testid="experiment-row"
      data-number={e.number}
      data-status={e.status}
      data-commit={e.commit}
      title={words}
    >
      <span className="row-number mono">{e.number}</span>
      <svg className="row-mark" viewBox="-7 -7 14 14" width="13" height="13" aria-hidden="true">
        <MarkShape status={e.status} />
      </svg>
      <span className="hidden">{statusWord(e.status)}</span>
      <span className="row-score">{bpb(e.valBpb)}</span>
      <span className="row-gain">{e.number === 0 ? "" : delta(gainOf(e))}</span>
      <span className="row-words">
        {compared && <span className="row-tag">compared</span>}
        {incumbent && <span className="row-tag">best</span>}
        {pinned && <span className="row-tag">pinned</span>}
        {words}
      </span>
      <span className="row-by">{e.researcher}</span>
      {trains && <span className="row-speed">{e.tokensPerSecond > 0 ? count(e.tokensPerSecond) : "–"}</span>}
    </div>
  );
});
