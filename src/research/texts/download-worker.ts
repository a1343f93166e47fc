// The entry of the worker that fetches texts. The page's policy lets the page reach its own host and one provider; this worker
// has the policy of its own file (scripts/serve/headers.ts), may reach any https host, and holds no key.
import { LabError, messageOf } from "../../error.ts";
import { download, type FromDownload } from "./download.ts";
import { KeptDownloads } from "./kept-downloads.ts";

const control = new AbortController();
const say = (message: FromDownload) => {
  postMessage(message);
};

/** Free bytes of the browser's storage. */
async function room(): Promise<number | null> {
  const storage = (navigator as { storage?: Partial<StorageManager> }).storage;
  const { usage, quota } = (await storage?.estimate?.()) ?? {};
  return usage === undefined || quota === undefined ? null : quota - usage;
}

onmessage = ({ data }: MessageEvent<{ readonly url: string } | "cancel">): void => {
  if (data === "cancel") {
    control.abort();
    return;
  }
  KeptDownloads.open()
    .then((kept) =>
      download(data.url, {
        kept,
        signal: control.signal,
        room,
        now: () => Date.now(),
        wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        onProgress: (done, total) => {
          say({ type: "progress", done, total });
        },
      }),
    )
    .then(
      (known) => {
        say({ type: "done", known });
      },
      (error: unknown) => {
        const code = error instanceof LabError ? error.code : "internal";
        say({ type: "refused", code, message: messageOf(error) });
      },
    );
};
