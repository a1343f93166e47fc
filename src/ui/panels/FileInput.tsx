// The file chooser behind “Use your own text”. It is always in the page, so that the palette reaches it too.

import { importFile } from "../actions/text.ts";
import { useActions } from "../actions/context.ts";

export const FILE_INPUT_ID = "text-file";

export function FileInput() {
  const context = useActions();
  return (
    <input
      id={FILE_INPUT_ID}
      hidden
      type="file"
      accept=".txt,.md,.jsonl"
      aria-label="A text of your own"
      onChange={(event) => {
        const file = event.target.files?.[0];
        event.target.value = ""; // so that the same file can be chosen again
        if (file === undefined) return;
        context.page.setState({ panel: "text" });
        void importFile(context, file);
      }}
    />
  );
}
