// Texts from the network: by their address, or one of the examples; and those that this browser keeps.

import { type SubmitEvent, useState } from "react";
import type { DownloadView } from "../../research/index.ts";
import { EXAMPLES } from "../../research/contract/example-texts.ts";
import { useActions, useLab, usePage } from "../actions/context.ts";
import { findAction, perform } from "../actions/first.ts";
import { exampleId, importUrl } from "../actions/text.ts";
import { bytes } from "../state/format.ts";

const NONE: readonly DownloadView[] = [];
/** Actions whose failures are shown here; the examples are in the palette too. */
const SHOWN: readonly string[] = ["import-url", ...EXAMPLES.map(({ url }) => exampleId(url))];

export function FromNetwork() {
  const context = useActions();
  const action = findAction("fetch-text");
  const free = usePage(action.available);
  const failure = usePage(
    ({ failures }) => SHOWN.map((id) => failures[id]).find((line) => line !== undefined) ?? null,
  );
  const downloads = useLab((lab) => lab.downloads, NONE);
  const [address, setAddress] = useState("");
  // A text that is fetched by its address and one of the list are one action to the registry: one at a time.
  const bring = (url: string) =>
    void perform({ ...action, id: "import-url", run: (to) => importUrl(to, url) }, context);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    bring(address);
  };
  return (
    <section className="from-network" aria-labelledby="from-network-title">
      <h3 id="from-network-title">From the network</h3>
      <form className="address" onSubmit={submit}>
        <label htmlFor="text-address">Address of a file</label>
        <input
          id="text-address"
          type="url"
          required
          value={address}
          placeholder="https://huggingface.co/datasets/…/resolve/main/….parquet"
          aria-describedby={failure === null ? "address-help" : "address-help address-failure"}
          onChange={(event) => {
            setAddress(event.target.value);
          }}
        />
        <button type="submit" className="button" disabled={!free}>
          Fetch
        </button>
      </form>
      <p className="help" id="address-help">
        {free
          ? "Any https host that lets other pages read its files (CORS), up to 512 MB. Only that host hears of it."
          : "A study keeps the text it began with: stop it to fetch another."}
      </p>
      {failure !== null && (
        <p className="failure" role="alert" id="address-failure" data-testid="fetch-failure">
          {failure}
        </p>
      )}
      <ul className="downloads" data-testid="downloads">
        {EXAMPLES.filter(({ url }) => !downloads.some((one) => one.url === url)).map((example) => (
          <li key={example.url}>
            <span>
              {example.title}{" "}
              <span className="quiet">
                {bytes(example.bytes)}, licence {example.licence}
              </span>
            </span>
            <UseButton name={example.title} disabled={!free} word="Fetch" use={() => bring(example.url)} />
          </li>
        ))}
        {downloads.map((one) => (
          <li key={one.url} title={one.url}>
            <span>
              {one.name}{" "}
              <span className="quiet">
                {arrived(one)}, licence {one.licence ?? "not stated"}
              </span>
            </span>
            <UseButton
              name={one.name}
              disabled={!free}
              word={one.done ? "Use" : "Continue"}
              use={() => bring(one.url)}
            />
            <button
              type="button"
              className="button button-link"
              disabled={!free}
              aria-label={`Remove ${one.name} from this browser`}
              onClick={() =>
                void perform(
                  { ...action, id: "import-url", run: ({ client }) => client.forgetDownload(one.url) },
                  context,
                )
              }
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function UseButton({
  name,
  word,
  disabled,
  use,
}: {
  readonly name: string;
  readonly word: string;
  readonly disabled: boolean;
  readonly use: () => void;
}) {
  return (
    <button
      type="button"
      className="button button-link"
      disabled={disabled}
      aria-label={`${word} ${name}`}
      onClick={use}
    >
      {word}
    </button>
  );
}

function arrived({ bytes: got, total, done }: DownloadView): string {
  if (done) return `${bytes(got)} in this browser`;
  return total === null ? `${bytes(got)} so far` : `${bytes(got)} of ${bytes(total)}`;
}
