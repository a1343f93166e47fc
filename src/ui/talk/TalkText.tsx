// What one model wrote: the prompt, then a span for each token. The pointer or the arrow keys choose a token; the line below
// says how likely it was.

import { type KeyboardEvent, memo, type SyntheticEvent, useState } from "react";
import type { Written } from "../../research/page/talk.ts";
import { chance, plural } from "../state/format.ts";
import type { SideText } from "./use-talk.ts";

const UNLIKELY = 0.25;
const RARE = 0.05;
const ENDINGS = { count: "ended at its length", stop: "ended at the stop text", reader: "stopped" } as const;

export function TalkText({ text: { number, prompt, tokens, why } }: { readonly text: SideText }) {
  const [at, setAt] = useState<number | null>(null);
  const current = at === null ? undefined : tokens[Math.min(at, tokens.length - 1)];
  const onKeyDown = (event: KeyboardEvent) => {
    const last = tokens.length - 1;
    const moves: Record<string, number> = {
      ArrowRight: at === null ? 0 : at + 1,
      ArrowLeft: at === null ? last : at - 1,
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(last, to)));
  };
  const point = (event: SyntheticEvent) => {
    const place = event.target instanceof HTMLElement ? event.target.dataset.at : undefined;
    if (place !== undefined) setAt(Number(place));
  };
  return (
    <section className="talk-side" aria-label={`Model of #${number}`}>
      <p className="quiet">
        <span className="mono">#{number}</span>{" "}
        <span role="status">
          {why === null ? "writes…" : `${plural(tokens.length, "token")}, ${ENDINGS[why]}`}
        </span>
      </p>
      <div
        className="talk-text"
        data-testid={`talk-text-${number}`}
        tabIndex={0}
        role="group"
        aria-label={`Text of #${number}; the arrow keys move through its tokens`}
        onKeyDown={onKeyDown}
        onPointerOver={point}
      >
        <span className="talk-given">{prompt}</span>
        {tokens.map((token, i) => (
          <Token key={`${i}`} token={token} at={i} isCurrent={token === current} />
        ))}
      </div>
      <p className="token-facts" aria-live="polite" data-testid={`token-facts-${number}`}>
        {current === undefined ? "\u00a0" : <Facts token={current} />}
      </p>
    </section>
  );
}

const Token = memo(function Token({
  token: { text, probability },
  at,
  isCurrent,
}: {
  readonly token: Written;
  readonly at: number;
  readonly isCurrent: boolean;
}) {
  const kind =
    probability < RARE ? "token token-rare" : probability < UNLIKELY ? "token token-unlikely" : "token";
  return (
    <span className={kind} data-at={at} data-current={isCurrent || undefined}>
      {text}
    </span>
  );
});

function Facts({ token: { own, probability, likely } }: { readonly token: Written }) {
  const others = likely.filter((one) => one.text !== own).slice(0, 4);
  return (
    <>
      <span className="mono">{shown(own)}</span> had probability {chance(probability)}; instead{" "}
      {others.map((one, i) => (
        <span key={`${i}`}>
          {i > 0 && ", "}
          <span className="mono">{shown(one.text)}</span> {chance(one.probability)}
        </span>
      ))}
    </>
  );
}

/** A token with its blanks and line breaks visible. */
const shown = (text: string): string =>
  `“${text.replaceAll("\n", "↵").replaceAll("\t", "→").replaceAll(" ", "␣")}”`;
