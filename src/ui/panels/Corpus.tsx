// The text of the study, the scores of simple models on it, and the way to use another text.

import type { Baselines, CorpusView } from "../../research/index.ts";
import { useLab } from "../actions/context.ts";
import { bytes, count, plural } from "../state/format.ts";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";
import { FromNetwork } from "./FromNetwork.tsx";

const MEANING: readonly [name: keyof Baselines, label: string, meaning: string][] = [
  ["uniform", "uniform", "every byte equally likely: knowing nothing at all"],
  ["unigram", "unigram", "how often each byte occurs, without looking back"],
  ["bigram", "bigram", "the byte before is known: which letter follows which"],
  ["gzip", "gzip", "the compressor’s size of the same text: repeated strings"],
  ["order5", "order-5", "the four bytes before are looked up in tables: a strong guess without a network"],
];

export default function Corpus() {
  const corpus = useLab((lab) => lab.corpus, null);
  const progress = useLab((lab) => lab.corpusProgress, null);
  const engine = useLab((lab) => lab.engine, null);
  return (
    <div data-testid="corpus" className="corpus">
      {corpus === null ? (
        <p className="empty">
          {progress === null ? "The text is read when the lab opens." : "The text is on its way."}
        </p>
      ) : (
        <Text corpus={corpus} />
      )}
      {progress !== null && (
        <div className="corpus-progress" role="status">
          <p>
            {progress.what}
            {progress.total > 0
              ? `, ${Math.floor((100 * progress.done) / progress.total).toString()} % of ${bytes(progress.total)}`
              : progress.done > 0 && `, ${bytes(progress.done)} so far`}
          </p>
          <progress
            className="progress-bar"
            aria-label={progress.what}
            {...(progress.total > 0 ? { value: progress.done, max: progress.total } : {})}
          />
          <ActionButton action="cancel-import" hideWhenUnavailable />
        </div>
      )}
      <ActionFailure actions={["import-text", "import-folder", "use-embedded", "cancel-import"]} />
      <div className="corpus-actions">
        <ActionButton action="import-text" />
        <ActionButton action="import-folder" />
        <ActionButton action="use-embedded" hideWhenUnavailable />
      </div>
      <p className="help">
        At least 200 KB of text: .txt, .md, .jsonl, .parquet, source code, these in .gz or .zip, several that
        are joined in order, or a folder. They can also be dropped anywhere on the page.{" "}
        {engine === null ? "They never leave this browser." : `They go to the engine at ${engine} alone.`}
      </p>
      <FromNetwork />
      {corpus !== null && corpus.packages.length > 0 && <Packages corpus={corpus} />}
    </div>
  );
}

function Text({ corpus }: { readonly corpus: CorpusView }) {
  return (
    <>
      <p className="corpus-name">
        <strong>{corpus.name}</strong>{" "}
        <span className="mono quiet" title={`SHA-256 of the text: ${corpus.hash}`}>
          {corpus.hash.slice(0, 12)}
        </span>
      </p>
      <p>
        {bytes(corpus.bytes.train)} to learn from, {bytes(corpus.bytes.validation)} to be scored on,{" "}
        {bytes(corpus.bytes.test)} kept hidden; {count(corpus.vocabSize)} tokens in the vocabulary.
      </p>
      {corpus.files.length > 1 && (
        <p data-testid="corpus-files">
          {count(corpus.files.length)} files, joined in this order: {corpus.files.join(", ")}.
        </p>
      )}
      <Licence corpus={corpus} />
      {corpus.texts > 0 && (
        <p data-testid="corpus-texts">
          {plural(corpus.texts, "text")} in {corpus.files.length > 1 ? "them" : "it"}
          {corpus.leftOut.length > 0 && `; ${leftOut(corpus.leftOut)}`}.
        </p>
      )}
      {corpus.texts === 0 && corpus.leftOut.length > 0 && (
        <p data-testid="corpus-left-out">{leftOut(corpus.leftOut)}.</p>
      )}
      {corpus.skipped > 0 && (
        <p role="note" data-testid="corpus-skipped">
          {plural(corpus.skipped, "line")} without a text {corpus.skipped === 1 ? "was" : "were"} left out.
        </p>
      )}
      {corpus.trivial !== null && (
        <p className="warning" role="note" data-testid="trivial-text">
          A trivial text: {corpus.trivial}.
        </p>
      )}
      {corpus.known !== null && (
        <p className="warning" role="note" data-testid="known-text">
          {Math.round(100 * corpus.known.share)} % of {corpus.known.name} was found in it, which language
          models know by heart: a gain of theirs may be memory.
        </p>
      )}
      <table className="baselines" data-testid="baselines">
        <caption>What the numbers mean: bits per byte on the same validation text</caption>
        <tbody>
          {MEANING.map(([name, label, meaning]) => (
            <tr key={name}>
              <th scope="row">{label}</th>
              <td className="number">{corpus.baselines[name].toFixed(2)}</td>
              <td>{meaning}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const leftOut = (names: readonly string[]): string =>
  `${plural(names.length, "file")} left out: ${names.slice(0, 3).join(", ")}${names.length > 3 ? " and more" : ""}`;

/** The licence of each downloaded file, or of the embedded text; a file of this machine has none that is known. */
function Licence({ corpus }: { readonly corpus: CorpusView }) {
  if (corpus.packages.length > 0) return null; // each package has its own, below
  if (corpus.origins.length === 0) return <p className="quiet">Licence: not stated by the file.</p>;
  return corpus.origins.map(({ url, licence }) => (
    <p key={url} className="origin" data-testid="corpus-origin">
      Licence: {licence ?? "not stated by its host"}, from <span className="mono">{url}</span>
    </p>
  ));
}

function Packages({ corpus }: { readonly corpus: CorpusView }) {
  return (
    <details className="packages">
      <summary>{count(corpus.packages.length)} packages and their licences</summary>
      <div className="packages-scroll" tabIndex={0} role="region" aria-label="Packages of the text">
        <table>
          <thead>
            <tr>
              <th scope="col">Package</th>
              <th scope="col">Version</th>
              <th scope="col">Licence</th>
              <th scope="col" className="number">
                Text
              </th>
            </tr>
          </thead>
          <tbody>
            {corpus.packages.map((p) => (
              <tr key={`${p.name}@${p.version}`}>
                <td>{p.name}</td>
                <td>{p.version}</td>
                <td>{p.license}</td>
                <td className="number">{bytes(p.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
