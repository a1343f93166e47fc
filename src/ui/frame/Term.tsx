// A term with its explanation on hover and on focus; Escape closes the explanation.

import { useId, useState, type ReactNode } from "react";
import { GLOSSARY, type Word } from "../state/glossary.ts";

const WIDTH = 280;

/** `children`: the text in its sentence; by default the word of the glossary. */
export function Term({ word, children }: { readonly word: Word; readonly children?: ReactNode }) {
  const id = useId();
  const [place, setPlace] = useState<{ left: number; top: number } | null>(null);
  const show = (element: Element) => {
    const box = element.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left, innerWidth - WIDTH - 8));
    // Above the word where there is no room below it.
    setPlace({ left, top: box.bottom + 110 > innerHeight ? Math.max(8, box.top - 110) : box.bottom + 4 });
  };
  const hide = () => {
    setPlace(null);
  };
  return (
    <span
      className="term"
      tabIndex={0}
      role="note"
      aria-describedby={place === null ? undefined : id}
      onPointerEnter={(event) => {
        show(event.currentTarget);
      }}
      onPointerLeave={hide}
      onFocus={(event) => {
        show(event.currentTarget);
      }}
      onBlur={hide}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || place === null) return;
        hide();
        event.stopPropagation();
      }}
    >
      {children ?? word}
      {place !== null && (
        <span id={id} role="tooltip" className="term-tip" style={{ ...place, maxWidth: WIDTH }}>
          {GLOSSARY[word]}
        </span>
      )}
    </span>
  );
}
