// Asks for confirmation before the rest of a damaged notebook is deleted.

import { useActions, usePage } from "../actions/context.ts";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";
import { Dialog } from "./Dialog.tsx";

export default function ConfirmAnew() {
  const { page } = useActions();
  const copies = usePage((state) => state.lab?.damage?.copies.length ?? 0);
  const close = () => {
    page.setState({ dialog: null });
  };
  return (
    <Dialog title="Start anew" onClose={close}>
      <h2>Start anew?</h2>
      <p>
        What is left of the notebook{copies > 0 ? ", and its copies in this browser," : ""} will be deleted.
        Files you exported and folders you chose are not touched. Export first if you are not sure.
      </p>
      <ActionFailure actions={["confirm-anew"]} />
      <div className="button-row">
        <ActionButton action="confirm-anew" testId="confirm-anew" />
        <button type="button" className="button button-plain" onClick={close}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
}
