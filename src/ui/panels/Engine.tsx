// Where the engine is, and the form to choose another place for it.

import { useState } from "react";
import { chooseEngine } from "../../research/page/client.ts";
import { useActions, useLab } from "../actions/context.ts";
import { lineOf } from "../state/format.ts";

export function Engine() {
  const engine = useLab((lab) => lab.engine, null);
  const { storage } = useActions();
  const [text, setText] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const use = (setting: string) => {
    try {
      chooseEngine(setting, storage);
      location.reload();
    } catch (error) {
      setFailure(lineOf(error));
    }
  };
  return (
    <>
      <dl className="device-facts">
        <div>
          <dt>Engine</dt>
          <dd data-testid="engine">{engine ?? "this browser"}</dd>
        </div>
      </dl>
      <details className="engine-elsewhere" open={engine !== null}>
        <summary>Compute elsewhere</summary>
        <p className="help" id="engine-help">
          <code>npm run engine</code> computes on a machine with a GPU, without a browser, and prints its
          address. The texts of a study go there, and nothing else leaves this browser.
        </p>
        <div className="field">
          <label htmlFor="engine-address">Address of the engine, with its token</label>
          <input
            id="engine-address"
            data-testid="engine-address"
            type="password"
            autoComplete="off"
            placeholder="ws://TOKEN@127.0.0.1:4602"
            value={text}
            aria-invalid={failure !== null}
            aria-describedby="engine-help"
            onChange={(event) => {
              setText(event.target.value);
              setFailure(null);
            }}
          />
          {failure !== null && (
            <p className="failure" role="alert">
              {failure}
            </p>
          )}
        </div>
        <div className="button-row">
          <button
            type="button"
            className="button button-plain"
            data-testid="engine-use"
            disabled={text.trim() === ""}
            onClick={() => {
              use(text);
            }}
          >
            Use it and reload
          </button>
          {engine !== null && (
            <button
              type="button"
              className="button button-plain"
              data-testid="engine-here"
              onClick={() => {
                use("");
              }}
            >
              Compute in this browser and reload
            </button>
          )}
        </div>
      </details>
    </>
  );
}
