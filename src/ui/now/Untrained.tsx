// What a score is measured against, until there are two experiments: simple models on the same text, and what a model
// writes that has learned nothing.

import { useLab } from "../actions/context.ts";
import type { Baselines } from "../../research/index.ts";

const NAMES: readonly (readonly [name: keyof Baselines, label: string])[] = [
  ["uniform", "knowing nothing"],
  ["unigram", "unigram"],
  ["bigram", "bigram"],
  ["order5", "order-5"],
  ["gzip", "gzip"],
];

export function Untrained() {
  const few = useLab((lab) => lab.experiments.length < 2, false);
  const corpus = useLab((lab) => lab.corpus, null);
  if (!few || corpus === null) return null;
  const { baselines, untrained } = corpus;
  return (
    <div className="untrained" data-testid="untrained">
      <p className="meaning">
        The score is the number of bits a model needs for a byte of text it has never seen: 8 is knowing
        nothing, gzip needs {baselines.gzip.toFixed(2)}. It is worse than gzip at first, because it is small
        and has read for minutes only; each change that is kept brings it down.
      </p>
      <dl className="figures">
        {NAMES.map(([name, label]) => (
          <div key={name}>
            <dt>{label}</dt>
            <dd>{baselines[name].toFixed(2)}</dd>
          </div>
        ))}
      </dl>
      <figure>
        <figcaption className="quiet">Before training every token is equally likely. It writes:</figcaption>
        <pre className="sample-text">{untrained}</pre>
      </figure>
    </div>
  );
}
