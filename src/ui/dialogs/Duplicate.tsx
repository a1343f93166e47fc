// Begins a study like the open one, with another program.md, train.ts or researcher.

import { useActions, useArena, useLab, usePage } from "../actions/context.ts";
import { findAction, perform } from "../actions/first.ts";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";
import { Dialog } from "./Dialog.tsx";

export default function Duplicate() {
  const context = useActions();
  const { page } = context;
  const copy = usePage((state) => state.copy);
  const { trains, file } = useArena();
  const corpus = useLab((lab) => lab.study?.corpusName ?? "", "");
  const close = () => {
    page.setState({ dialog: null });
  };
  return (
    <Dialog title="Duplicate this study" onClose={close}>
      <h2>Duplicate this study</h2>
      <p>
        The same {trains ? "text" : "arena"} (<em>{corpus}</em>), settings and seed. What differs is yours to
        choose, so that both curves, beside each other on the chart, show what it is worth.
      </p>
      <div className="field">
        <label htmlFor="copy-from">It begins at</label>
        <select
          id="copy-from"
          value={copy.from}
          onChange={(event) => {
            const from = event.target.value === "best" ? "best" : "first";
            page.setState((old) => ({ copy: { ...old.copy, from } }));
          }}
        >
          <option value="first">the first {file} of this study</option>
          <option value="best">its best {file}</option>
        </select>
      </div>
      <div className="field">
        <label htmlFor="copy-program">program.md</label>
        <textarea
          id="copy-program"
          className="mono"
          rows={10}
          value={copy.program}
          onChange={(event) => {
            const program = event.target.value;
            page.setState((old) => ({ copy: { ...old.copy, program } }));
          }}
        />
      </div>
      <p className="help">
        The researcher is the one in use.{" "}
        <button
          type="button"
          className="button button-link"
          onClick={() => {
            close();
            void perform(findAction("go-researcher"), context);
          }}
        >
          Choose another one first
        </button>
      </p>
      <ActionFailure actions={["begin-duplicate"]} />
      <div className="button-row">
        <ActionButton action="begin-duplicate" kind="primary" testId="begin-duplicate" />
        <button type="button" className="button button-plain" onClick={close}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
}
