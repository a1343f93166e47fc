// Asks before a run that has trained for a while is dropped.

import { useActions, useLab } from "../actions/context.ts";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";
import { clock } from "../state/format.ts";
import { Dialog } from "./Dialog.tsx";

export default function ConfirmStop() {
  const { page } = useActions();
  const trained = useLab((lab) => lab.current?.trainedSeconds ?? 0, 0);
  const close = () => {
    page.setState({ dialog: null });
  };
  return (
    <Dialog title="Stop now" onClose={close}>
      <h2>Drop this run?</h2>
      <p>
        It has trained for {clock(trained)}. Stopped now, it is not judged; it begins again when the study
        goes on.
      </p>
      <ActionFailure actions={["confirm-stop"]} />
      <div className="button-row">
        <ActionButton action="confirm-stop" kind="primary" testId="confirm-stop" />
        <button type="button" className="button button-plain" onClick={close}>
          Go on
        </button>
      </div>
    </Dialog>
  );
}
