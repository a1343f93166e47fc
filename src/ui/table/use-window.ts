// Chooses the rows of a long list that are drawn: those in view and a few more. All rows are equally high.

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

/** `height`: of a row, in CSS pixels. */
export function useWindow(count: number, height: number): ListWindow {
  const box = useRef<HTMLDivElement>(null);
  const [span, setSpan] = useState({ from: 0, to: 40 });
  const measure = useCallback(() => {
    const element = box.current;
    if (element === null) return;
    const from = Math.max(0, Math.floor(element.scrollTop / height) - MORE);
    const to = Math.ceil((element.scrollTop + element.clientHeight) / height) + MORE;
    setSpan((old) => (old.from === from && old.to === to ? old : { from, to }));
  }, [height]);
  useLayoutEffect(measure, [measure, count]);
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
