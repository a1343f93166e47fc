// A description of the page, and its shortcuts from the registry.

import { findAction } from "../actions/first.ts";
import { ACTIONS } from "../actions/registry.ts";
import { useAction, useActions, useArena, usePage } from "../actions/context.ts";
import { Dialog } from "./Dialog.tsx";
import { Caps } from "./Palette.tsx";

export default function Help() {
  const { page } = useActions();
  const state = usePage((p) => p);
  const { trains, file, unit } = useArena();
  const single = useAction(findAction("single-keys"));
  const close = () => {
    page.setState({ dialog: null });
  };
  return (
    <Dialog title="Help" className="help-dialog" onClose={close}>
      <div className="dialog-head">
        <h2>Help</h2>
        <button type="button" className="button button-plain" onClick={close}>
          Close
        </button>
      </div>
      {trains ? (
        <p>
          Start a study and a small GPT trains on this machine’s GPU, again and again, each time with another{" "}
          <code>train.ts</code>. <em>val_bpb</em> is the score: how many bits the model needs for one byte of
          text it has never seen. Lower is better. What lowers it is kept and becomes the incumbent, the one
          to beat.
        </p>
      ) : (
        <p>
          Start a study and a researcher changes <code>{file}</code>, again and again; each change runs in a
          sandbox, and what it answers is scored outside of it ({unit}). Lower is better. What lowers the
          score beyond the noise is kept and becomes the incumbent, the one to beat.
        </p>
      )}
      <h3>Shortcuts</h3>
      <dl className="shortcuts">
        {ACTIONS.filter((a) => a.keys !== undefined).map((a) => (
          <div key={a.id}>
            <dt>
              <Caps keys={a.keys} />
            </dt>
            <dd>{a.label(state)}</dd>
          </div>
        ))}
        <div>
          <dt>
            <Caps keys="←" /> <Caps keys="→" />
          </dt>
          <dd>In a chart: move along it; Enter opens the experiment</dd>
        </div>
        <div>
          <dt>
            <Caps keys="Esc" /> <Caps keys="Tab" />
          </dt>
          <dd>Leave an editor</dd>
        </div>
      </dl>
      <label className="check-label">
        <input type="checkbox" checked={state.singleKeys} onChange={single.run} /> Shortcuts of a single key
      </label>
    </Dialog>
  );
}
