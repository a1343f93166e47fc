// The state of a conversation: two sides, what they wrote, and the worker behind them. The worker ends with the panel.

import { useEffect, useRef, useState } from "react";
import { type Ending, type Side, Talk, type TalkRequest, type Written } from "../../research/page/talk.ts";
import { lineOf } from "../state/format.ts";

/** What one side has written. */
export interface SideText {
  readonly number: number;
  readonly prompt: string;
  readonly tokens: readonly Written[];
  /** Null: it is writing. */
  readonly why: Ending | null;
}

export interface Conversation {
  readonly texts: readonly [SideText | null, SideText | null];
  readonly writing: boolean;
  readonly failure: string | null;
  write(request: TalkRequest): void;
  stop(): void;
}

const SIDES: readonly Side[] = [0, 1];

/** `study`: the tag whose models write; `stopped`: the lab needs the GPU now. */
export function useTalk(
  study: string | null,
  talkers: readonly [number | null, number | null],
  stopped: boolean,
): Conversation {
  const talk = useRef<Talk | null>(null);
  /** The models that the worker has. */
  const loaded = useRef<[string | null, string | null]>([null, null]);
  const [texts, setTexts] = useState<Conversation["texts"]>([null, null]);
  const [writing, setWriting] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);

  const close = () => {
    talk.current?.close();
    talk.current = null;
    loaded.current = [null, null];
  };
  useEffect(() => close, []);
  useEffect(() => {
    if (stopped) close();
  }, [stopped]);

  const run = async (to: Talk, tag: string, request: TalkRequest) => {
    for (const side of SIDES) {
      const number = talkers[side];
      const key = number === null ? null : `${tag}/${number}`;
      if (loaded.current[side] === key) continue;
      loaded.current[side] = null;
      await to.choose(side, tag, number);
      loaded.current[side] = key;
    }
    // Tokens are shown once a frame: a small model writes hundreds a second.
    const fresh: [Written[], Written[]] = [[], []];
    let frame = 0;
    const show = () => {
      frame = 0;
      const taken = fresh.map((tokens) => tokens.splice(0));
      setTexts((old) =>
        both((side) => {
          const text = old[side];
          return text && { ...text, tokens: [...text.tokens, ...taken[side]] };
        }),
      );
    };
    setTexts(
      both((side) => {
        const number = talkers[side];
        return number === null ? null : { number, prompt: request.prompt, tokens: [], why: null };
      }),
    );
    await to.write(request, {
      token(side, written) {
        fresh[side].push(written);
        frame ||= requestAnimationFrame(show);
      },
      ended(side, why) {
        setTexts((old) =>
          both((one) => {
            const text = old[one];
            return one === side && text ? { ...text, why } : text;
          }),
        );
      },
    });
  };

  return {
    texts,
    writing,
    failure,
    write(request) {
      if (study === null || writing) return;
      setWriting(true);
      setFailure(null);
      const to = (talk.current ??= new Talk());
      run(to, study, request)
        .catch((error: unknown) => {
          setFailure(lineOf(error));
          setTexts((old) =>
            both((side) => {
              const text = old[side];
              return text && { ...text, why: text.why ?? "reader" };
            }),
          );
        })
        .finally(() => {
          setWriting(false);
        });
    },
    stop() {
      talk.current?.stop();
    },
  };
}

function both(make: (side: Side) => SideText | null): Conversation["texts"] {
  return [make(0), make(1)];
}
