// Pointer input on the plot. The pointer shows the nearest experiment; a click selects it. A drag marks a box to zoom
// into, with Shift it pans; a pinch, and Ctrl with the wheel, zoom; a double click shows everything. One finger reads
// and scrolls the page, two fingers zoom and pan.

import { useEffect, useRef, useState, type PointerEvent } from "react";
import { lastNumber } from "../actions/chart.ts";
import { useActions } from "../actions/context.ts";
import { choose } from "../actions/selection.ts";
import type { ChartPoint } from "../drawing/chart-data.ts";
import { nearest } from "../drawing/marks.ts";
import type { Plot } from "../drawing/plot.ts";
import { boxed, pan, valueAt, zoom, type ChartView } from "../state/chart-view.ts";

/** Reach of a finger and of a mouse [px]. */
const FINGER = 48;
const MOUSE = 24;
/** A shorter movement is a click and no drag [px]. */
const STILL = 5;

interface Place {
  readonly x: number;
  readonly y: number;
}

interface Drag {
  readonly from: Place;
  readonly to: Place;
  /** True: the drag pans the chart; false: it marks a box. */
  readonly moves: boolean;
}

interface Props {
  readonly plot: Plot;
  readonly points: readonly ChartPoint[];
}

export function Surface({ plot, points }: Props) {
  const context = useActions();
  const { page } = context;
  const rect = useRef<SVGRectElement>(null);
  const fingers = useRef(new Map<number, Place>());
  const [drag, setDrag] = useState<Drag | null>(null);
  const dragged = useRef(false); // to ignore the click event after a drag
  const look = (change: (view: ChartView, last: number) => ChartView) => {
    page.setState((old) => ({ chart: change(old.chart, lastNumber(old)) }));
  };
  useWheel(rect, look);

  const place = (event: { clientX: number; clientY: number }): Place => {
    const box = rect.current?.getBoundingClientRect() ?? { left: 0, top: 0 };
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const under = ({ x, y }: Place, reach: number): number | null =>
    nearest(plot, points, plot.x + x, plot.y + y, reach)?.number ?? null;
  const point = (number: number | null) => {
    if (page.getState().cursor !== number) page.setState({ cursor: number });
  };
  const isTouch = (event: PointerEvent) => event.pointerType === "touch";

  const onPointerDown = (event: PointerEvent<SVGRectElement>) => {
    const at = place(event);
    if (isTouch(event)) fingers.current.set(event.pointerId, at);
    else if (event.button === 0) {
      event.currentTarget.setPointerCapture(event.pointerId);
      dragged.current = false;
      setDrag({ from: at, to: at, moves: event.shiftKey });
    }
  };
  const onPointerMove = (event: PointerEvent<SVGRectElement>) => {
    const at = place(event);
    const [before, others] = [fingers.current.get(event.pointerId), fingers.current.size - 1];
    if (before !== undefined) fingers.current.set(event.pointerId, at);
    if (before !== undefined && others === 1) pinch(event.pointerId, before, at);
    else if (drag?.moves === true) {
      look((view, last) => pan(view, last, (drag.to.x - at.x) / plot.width));
      setDrag({ ...drag, to: at });
    } else if (drag !== null) setDrag({ ...drag, to: at });
    else point(under(at, isTouch(event) ? FINGER : MOUSE));
  };
  /** Zooms around the finger that does not move, so that the same places stay under both fingers. */
  const pinch = (moving: number, before: Place, after: Place) => {
    const other = [...fingers.current].find(([id]) => id !== moving)?.[1];
    if (other === undefined) return;
    const [was, is] = [Math.abs(before.x - other.x), Math.abs(after.x - other.x)];
    if (was < STILL || is < STILL) return;
    look((view, last) => zoom(view, last, other.x / plot.width, was / is));
  };
  const onPointerUp = (event: PointerEvent<SVGRectElement>) => {
    fingers.current.delete(event.pointerId);
    setDrag(null);
    dragged.current = drag !== null && isFar(drag);
    if (drag === null || drag.moves || !isBox(drag)) return;
    const [left, right] = [Math.min(drag.from.x, drag.to.x), Math.max(drag.from.x, drag.to.x)];
    const [top, bottom] = [Math.min(drag.from.y, drag.to.y), Math.max(drag.from.y, drag.to.y)];
    const number = (x: number) => valueAt(plot.numbers, x / plot.width);
    const score = (y: number) => valueAt(plot.scores, 1 - y / plot.height);
    look((view, last) =>
      boxed(view, last, { numbers: [number(left), number(right)], scores: [score(bottom), score(top)] }),
    );
  };
  const onPointerLeave = (event: PointerEvent<SVGRectElement>) => {
    // A finger cannot hover: the last touched experiment stays in the line.
    if (!isTouch(event)) point(null);
    fingers.current.delete(event.pointerId);
  };

  return (
    <>
      {drag !== null && !drag.moves && isBox(drag) && <DragBox plot={plot} drag={drag} />}
      <rect
        ref={rect}
        className="plot-surface"
        x={plot.x}
        y={plot.y}
        width={plot.width}
        height={plot.height}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={onPointerLeave}
        onPointerLeave={onPointerLeave}
        onClick={(event) => {
          if (dragged.current) return;
          const touched =
            event.nativeEvent instanceof window.PointerEvent && event.nativeEvent.pointerType === "touch";
          const number = under(place(event), touched ? FINGER : MOUSE);
          if (number === null) return;
          choose(context, number, event);
          point(number);
        }}
        onDoubleClick={() => {
          look((view) => (view.window === null ? view : { ...view, window: null }));
        }}
      />
    </>
  );
}

const isFar = ({ from, to }: Drag): boolean => Math.hypot(to.x - from.x, to.y - from.y) > STILL;
const isBox = ({ from, to }: Drag): boolean =>
  Math.abs(to.x - from.x) > STILL && Math.abs(to.y - from.y) > STILL;

function DragBox({ plot, drag: { from, to } }: { readonly plot: Plot; readonly drag: Drag }) {
  return (
    <rect
      className="drag-box"
      x={plot.x + Math.min(from.x, to.x)}
      y={plot.y + Math.min(from.y, to.y)}
      width={Math.abs(to.x - from.x)}
      height={Math.abs(to.y - from.y)}
    />
  );
}

/** Ctrl and the wheel zoom (a pinch on a touchpad is the same), the wheel sideways moves; else the page scrolls. */
function useWheel(
  rect: { readonly current: SVGRectElement | null },
  look: (change: (view: ChartView, last: number) => ChartView) => void,
): void {
  const latest = useRef(look);
  useEffect(() => {
    latest.current = look;
  });
  useEffect(() => {
    const element = rect.current;
    if (element === null) return;
    // React's own wheel listener is passive and cannot keep the browser from zooming the page.
    const onWheel = (event: WheelEvent) => {
      const box = element.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const share = (event.clientX - box.left) / box.width;
        latest.current((view, last) => zoom(view, last, share, 2 ** (event.deltaY / 240)));
      } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        latest.current((view, last) => pan(view, last, event.deltaX / box.width));
      }
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      element.removeEventListener("wheel", onWheel);
    };
  }, [rect]);
}
