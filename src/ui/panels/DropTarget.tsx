// The whole page accepts dropped files and folders, and shows that while one is held over it.

import { useEffect, useState } from "react";
import type { ActionContext } from "../actions/action.ts";
import { findAction, perform } from "../actions/first.ts";
import { builtFrom } from "../actions/conditions.ts";
import { bringFile, bringOwn, importFiles } from "../actions/text.ts";
import { useActions } from "../actions/context.ts";
import { filesOf } from "./dropped.ts";

/** Hands bundles to the lab; the page then asks how to go on. */
const bring =
  (files: readonly File[]) =>
  async ({ client, page }: ActionContext) => {
    const read = async (file: File) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
    await client.bringCopies(await Promise.all(files.map(read)));
    page.setState({ panel: null });
  };

/** One file that the chosen arena can be built from. */
const isTable = (files: readonly File[]): boolean =>
  files.length === 1 && /\.(csv|tsv|parquet)$/i.test(files[0].name);

export default function DropTarget() {
  const context = useActions();
  const [over, setOver] = useState(false);
  useEffect(() => {
    let depth = 0; // enter and leave fire for every element that the pointer crosses
    const hasFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
    const enter = (event: DragEvent) => {
      if (!hasFile(event)) return;
      depth++;
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (!hasFile(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const hold = (event: DragEvent) => {
      if (hasFile(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      const { dataTransfer } = event;
      const files = [...(dataTransfer?.files ?? [])];
      if (dataTransfer === null || files.length === 0) return;
      event.preventDefault();
      if (files.every(({ name }) => name.toLowerCase().endsWith(".bundle"))) {
        // The panel shows errors, beside the other ways to bring a copy.
        context.page.setState({ panel: "settings" });
        void perform({ ...findAction("bring-copies"), run: bring(files) }, context);
        return;
      }
      if (builtFrom(context.page.getState()) !== null && isTable(files)) {
        void perform({ ...findAction("bring-file"), run: bringFile(files[0]) }, context);
        return;
      }
      const dropped = filesOf(dataTransfer);
      void dropped.then((found) => {
        if (found.some(({ name }) => /(^|\/)arena\.json$/.test(name))) {
          if (context.page.getState().lab?.study) context.page.setState({ dialog: "new-study" });
          const run = (within: ActionContext) => bringOwn(within, found);
          return perform({ ...findAction("bring-arena"), run }, context);
        }
        context.page.setState({ panel: "text" });
        context.browser.jump("text");
        return importFiles(context, found);
      });
    };
    addEventListener("dragenter", enter);
    addEventListener("dragleave", leave);
    addEventListener("dragover", hold);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragenter", enter);
      removeEventListener("dragleave", leave);
      removeEventListener("dragover", hold);
      removeEventListener("drop", drop);
    };
  }, [context]);
  return over ? (
    <div className="drop" aria-hidden="true">
      <p>Drop a text, several, or a folder to study it, or a bundle to bring its study here</p>
    </div>
  ) : null;
}
