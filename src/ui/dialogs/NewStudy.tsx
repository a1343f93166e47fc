// Begins a new study beside the old one: asks for the settings that are fixed for a study.

import { useActions } from "../actions/context.ts";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";
import { NewStudyForm } from "../now/Begin.tsx";
import { Dialog } from "./Dialog.tsx";

export default function NewStudy() {
  const { page } = useActions();
  const close = () => {
    page.setState({ dialog: null });
  };
  return (
    <Dialog title="A new study" onClose={close}>
      <h2>A new study</h2>
      <NewStudyForm />
      <ActionFailure actions={["begin-new-study"]} />
      <div className="button-row">
        <ActionButton action="begin-new-study" kind="primary" testId="begin-new-study" />
        <button type="button" className="button button-plain" onClick={close}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
}
