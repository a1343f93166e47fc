// Copies of the study beside the database: in the browser's own files, in the reader's folder, as downloads; and
// the room in the browser's storage.

import type { CopiesView, StorageView } from "../../research/index.ts";
import { ActionButton, ActionFailure } from "../frame/ActionButton.tsx";
import { findAction } from "../actions/first.ts";
import { useAction, useLab, usePage } from "../actions/context.ts";
import { bytes, timeOfDay } from "../state/format.ts";

const NONE: CopiesView = { browser: { at: null, error: null }, folder: null };
const UNKNOWN: StorageView = { state: "ok", usage: null, quota: null };

export function Copies() {
  const { browser, folder } = useLab((lab) => lab.copies, NONE);
  const { usage, quota, state } = useLab((lab) => lab.storage, UNKNOWN);
  const foldersWork = usePage((page) => page.foldersWork);
  const downloadKept = usePage((page) => page.downloadKept);
  const download = useAction(findAction("download-kept"));
  return (
    <div className="copies" data-testid="copies">
      <dl className="device-facts">
        <div>
          <dt>In this browser, beside the database</dt>
          <dd>{browser.error ?? (browser.at === null ? "none yet" : `written ${timeOfDay(browser.at)}`)}</dd>
        </div>
        <div>
          <dt>Folder</dt>
          <dd data-testid="copy-folder">{folder === null ? "none chosen" : folderWords(folder)}</dd>
        </div>
        <div>
          <dt>Browser storage</dt>
          <dd>
            {usage === null || quota === null ? "unknown" : `${bytes(usage)} of ${bytes(quota)} used`}
            {state === "low" && ", nearly full"}
            {state === "full" && ", full"}
          </dd>
        </div>
      </dl>
      <label className="check-label">
        <input type="checkbox" checked={downloadKept} onChange={download.run} /> Download a copy after each
        kept experiment
      </label>
      {!foldersWork && (
        <p className="help">
          This browser cannot write to a folder (Chrome and Edge can). Downloads and Export work everywhere.
        </p>
      )}
      <div className="button-row">
        <ActionButton action="copy-to-folder" testId="copy-to-folder" hideWhenUnavailable />
        <ActionButton action="allow-folder" hideWhenUnavailable />
        <ActionButton action="forget-folder" hideWhenUnavailable />
        <ActionButton action="bring-copies" hideWhenUnavailable />
      </div>
      <ActionFailure actions={["copy-to-folder", "allow-folder", "forget-folder", "bring-copies"]} />
    </div>
  );
}

function folderWords({ name, asks, at, error }: NonNullable<CopiesView["folder"]>): string {
  if (asks) return `${name}: the browser needs your permission again`;
  if (error !== null) return `${name}: ${error}`;
  return at === null ? name : `${name}: written ${timeOfDay(at)}`;
}
