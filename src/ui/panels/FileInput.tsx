// The file chooser behind “Use your own text”. It is always in the page, so that the palette reaches it too.

import { importFiles } from "../actions/text.ts";
import { useActions } from "../actions/context.ts";
import { FILE_INPUT_ID } from "./dropped.ts";

export default function FileInput() {
  const context = useActions();
  return (
    <input
      id={FILE_INPUT_ID}
      hidden
      type="file"
      multiple
      aria-label="A text of your own"
      onChange={(event) => {
        const files = [...(event.target.files ?? [])];
        event.target.value = ""; // so that the same file can be chosen again
        if (files.length === 0) return;
        context.page.setState({ panel: "text" });
        void importFiles(
          context,
          files.map((file) => ({ name: file.name, file })),
        );
      }}
    />
  );
}
