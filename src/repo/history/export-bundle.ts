// Exports a study: both its branches and every object reachable from them, as one self-contained bundle.

import { formatBundle } from "../objects/bundle.ts";
import type { GitContext } from "../storage/git.ts";
import { notebookBranch, studyBranch } from "../objects/names.ts";
import { ObjectReader } from "../objects/object-reader.ts";
import { loadStudy } from "./studies.ts";
import { walk } from "../objects/walk.ts";
import { writePack } from "../objects/write-pack.ts";

/** LabError "git" when there is no such study or an object of it is damaged: no incomplete bundle is made. */
export async function exportStudy(
  context: GitContext,
  tag: string,
  onProgress?: (done: number, total: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const { incumbent, notebook } = await loadStudy(context, tag);
  const reader = await ObjectReader.open(context.fs);
  const items = await walk([notebook, incumbent], (oid) => reader.read(oid));
  const { pack } = await writePack(items, (oid) => reader.read(oid, true), {
    reuse: (oid) => reader.reusable(oid),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const branches = new Map([
    [studyBranch(tag), incumbent],
    [notebookBranch(tag), notebook],
  ]);
  return formatBundle(studyBranch(tag), branches, pack);
}
