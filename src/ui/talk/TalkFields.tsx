// What a model is to write: prompt, temperature, seed, length and stop text.

import type { TalkRequest } from "../../research/page/talk.ts";

/** The fields as they are typed. */
export interface TalkForm {
  readonly prompt: string;
  readonly temperature: string;
  readonly seed: string;
  readonly count: string;
  readonly stop: string;
}

const MAX_TOKENS = 2000;

/** The request of a form, or the first fault in one line. `\n` in the stop text is a line break. */
export function requestOf({ prompt, temperature, seed, count, stop }: TalkForm): TalkRequest | string {
  const [t, s, n] = [temperature, seed, count].map((text) => (text.trim() === "" ? NaN : Number(text)));
  if (!(t >= 0 && t <= 5)) return "The temperature is a number from 0 to 5.";
  if (!Number.isSafeInteger(s) || s < 0) return "The seed is a whole number of at least 0.";
  if (!Number.isInteger(n) || n < 1 || n > MAX_TOKENS) return `The length is from 1 to ${MAX_TOKENS} tokens.`;
  return { prompt, temperature: t, seed: s, count: n, stop: stop.replaceAll("\\n", "\n") };
}

const NUMBERS: readonly [name: "temperature" | "seed" | "count", label: string, help: string][] = [
  ["temperature", "Temperature", "0: always the likeliest"],
  ["seed", "Seed", "the same seed, the same text"],
  ["count", "Tokens", "at most"],
];

interface Props {
  readonly form: TalkForm;
  readonly change: (form: TalkForm) => void;
}

export function TalkFields({ form, change }: Props) {
  return (
    <>
      <div className="field talk-prompt">
        <label htmlFor="talk-prompt">Prompt</label>
        <textarea
          id="talk-prompt"
          rows={3}
          value={form.prompt}
          placeholder="The beginning of a text, as the model knows them"
          onChange={(event) => {
            change({ ...form, prompt: event.target.value });
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }}
        />
      </div>
      <div className="fields">
        {NUMBERS.map(([name, label, help]) => (
          <div key={name} className="field">
            <label htmlFor={`talk-${name}`}>{label}</label>
            <input
              id={`talk-${name}`}
              inputMode="decimal"
              autoComplete="off"
              value={form[name]}
              aria-describedby={`talk-${name}-help`}
              onChange={(event) => {
                change({ ...form, [name]: event.target.value });
              }}
            />
            <span className="help" id={`talk-${name}-help`}>
              {help}
            </span>
          </div>
        ))}
        <div className="field">
          <label htmlFor="talk-stop">Stop at</label>
          <input
            id="talk-stop"
            autoComplete="off"
            value={form.stop}
            placeholder="\n"
            aria-describedby="talk-stop-help"
            onChange={(event) => {
              change({ ...form, stop: event.target.value });
            }}
          />
          <span className="help" id="talk-stop-help">
            this text; empty: nowhere
          </span>
        </div>
      </div>
    </>
  );
}
