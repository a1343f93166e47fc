// The lab's side of downloads: one worker for each, ended afterwards.
import { LabError } from "../../error.ts";
import type { CorpusProgress, TextFile } from "../../prepare/index.ts";
import type { DownloadView } from "../contract/lab-state.ts";
import type { FromDownload } from "./download.ts";
import { KeptDownloads, type Known } from "./kept-downloads.ts";

/** Downloaded texts of this browser. */
export interface Downloads {
  /** The file at an address, from the browser where it is whole. Throws LabError "corpus", "full" or "cancelled". */
  fetch(
    url: string,
    options: { onProgress(progress: CorpusProgress): void; readonly signal: AbortSignal },
  ): Promise<TextFile>;
  list(): Promise<readonly DownloadView[]>;
  forget(url: string): Promise<void>;
}

/** How often progress is reported [ms]. */
const EVERY = 100;

export function openDownloads(
  open: () => Worker = () =>
    new Worker(new URL("./download-worker.ts", import.meta.url), { type: "module", name: "download" }),
): Downloads {
  return {
    async fetch(url, { onProgress, signal }) {
      const known = await inWorker(open(), url, signal, (done, total) => {
        onProgress({ stage: "downloading", done, total: total ?? 0 });
      });
      return (await KeptDownloads.open()).file(known);
    },
    async list() {
      if (typeof caches === "undefined") return [];
      const all = await (await KeptDownloads.open()).list();
      return all.map(({ url, name, bytes, total, done, licence }) => ({
        url,
        name,
        bytes,
        total,
        done,
        licence,
      }));
    },
    async forget(url) {
      await (await KeptDownloads.open()).forget(url);
    },
  };
}

async function inWorker(
  worker: Worker,
  url: string,
  signal: AbortSignal,
  onProgress: (done: number, total: number | null) => void,
): Promise<Known> {
  const cancel = () => {
    worker.postMessage("cancel");
  };
  let told = -Infinity;
  try {
    signal.addEventListener("abort", cancel);
    return await new Promise<Known>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<FromDownload>) => {
        if (data.type === "done") resolve(data.known);
        else if (data.type === "refused") reject(new LabError(data.code, data.message));
        else if (performance.now() - told >= EVERY) {
          told = performance.now();
          onProgress(data.done, data.total);
        }
      };
      worker.onerror = (event) => {
        reject(
          new LabError("corpus", { what: "the download could not begin", got: event.message || "no reason" }),
        );
      };
      if (signal.aborted) cancel();
      worker.postMessage({ url });
    });
  } finally {
    signal.removeEventListener("abort", cancel);
    worker.terminate();
  }
}
