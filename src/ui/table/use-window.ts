// Chooses the rows of a long list that are drawn: those in view and a few more. All rows are equally high. Rows that
// arrive above those in view move none of them, unless the list stands at its top.

import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

const MORE = 8;

interface ListWindow {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** Scrolls as little as needed for a row to be in view. */
  show(index: number): void;
}

interface Numbered {
  readonly number: number;
}

/** `height`: of a row, in CSS pixels. */
export function useWindow(list: readonly Numbered[], height: number): ListWindow {
  const count = list.length;
  const before = useRef(list);
  const box = useRef<HTMLDivElement>(null);
  const [span, setSpan] = useState({ from: 0, to: 40 });
  const measure = useCallback(() => {
    const element = box.current;
    if (element === null) return;
    const from = Math.max(0, Math.floor(element.scrollTop / height) - MORE);
    const to = Math.ceil((element.scrollTop + element.clientHeight) / height) + MORE;
    setSpan((old) => (old.from === from && old.to === to ? old : { from, to }));
  }, [height]);
  useLayoutEffect(() => {
    const element = box.current;
    const [old, now] = [before.current, list];
    before.current = list;
    const first = element === null ? undefined : old[Math.floor(element.scrollTop / height)];
    if (element !== null && first !== undefined && element.scrollTop > 0 && now.length > old.length) {
      const to = now.findIndex(({ number }) => number === first.number);
      if (to >= 0) element.scrollTop += (to - old.indexOf(first)) * height;
    }
    measure();
  }, [measure, list, height]);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const sizes = new ResizeObserver(measure);
    sizes.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, [measure]);
  const show = useCallback(
    (index: number) => {
      const element = box.current;
      if (element === null || index < 0) return;
      const top = index * height;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + height > element.scrollTop + element.clientHeight) {
        element.scrollTop = top + height - element.clientHeight;
      }
    },
    [height],
  );
  return { box, from: Math.min(span.from, Math.max(0, count - 1)), to: Math.min(span.to, count), show };
}
