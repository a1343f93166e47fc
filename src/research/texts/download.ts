// Downloads a text: streamed in parts that are kept, resumed where it stopped (Range), begun anew when the file changed.
import { LabError, type LabErrorCode, messageOf } from "../../error.ts";
import { nameOf, textAddress } from "./address.ts";
import type { KeptDownloads, Known } from "./kept-downloads.ts";
import { licenceOf } from "./licence.ts";
import { ask, type Reply } from "./reply.ts";

export interface DownloadOptions {
  readonly kept: KeptDownloads;
  readonly onProgress: (done: number, total: number | null) => void;
  /** Aborting keeps what has arrived and throws LabError "cancelled". */
  readonly signal: AbortSignal;
  /** Free bytes of the browser's storage; null: it does not say. */
  room(): Promise<number | null>;
  wait(ms: number): Promise<void>;
  now(): number;
}

/** Messages of the worker that downloads. */
export type FromDownload =
  | { readonly type: "progress"; readonly done: number; readonly total: number | null }
  | { readonly type: "done"; readonly known: Known }
  | { readonly type: "refused"; readonly code: LabErrorCode; readonly message: string };

/** Bytes of a part. */
const PART = 8 << 20;
/** Largest file: what an import takes (prepare/corpus/survey.ts). */
const MAX_BYTES = 512 << 20;
/** How often a broken connection is tried again without one more byte. */
const TRIES = 3;

/**
 * Downloads the file at an address, or what is missing of it; a whole one is not asked for again. Throws LabError "corpus"
 * for an address without a text, "full" without room, "cancelled"; what has arrived is kept.
 */
export async function download(typed: string, options: DownloadOptions): Promise<Known> {
  const url = textAddress(typed);
  const { kept, wait } = options;
  let known = await kept.find(url);
  for (let tries = 0; known?.done !== true;) {
    const before: number = known?.bytes ?? 0;
    try {
      known = await goOn(url, known, options);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      known = await kept.find(url);
      tries = (known?.bytes ?? 0) > before ? 1 : tries + 1;
      if (tries >= TRIES) throw error.asRefusal(known);
      await wait(1000 * 2 ** (tries - 1));
    }
  }
  return known;
}

/** The connection broke while the file arrived. */
class Broken extends Error {
  asRefusal(known: Known | null): LabError {
    return new LabError("corpus", {
      what: `the connection to ${known ? new URL(known.url).hostname : "the host"} broke`,
      got: `${(known?.bytes ?? 0).toLocaleString("en")} of ${known?.total?.toLocaleString("en") ?? "an unknown number of"} bytes`,
      hint: "fetch it again: it goes on where it stopped",
      cause: this,
    });
  }
}

/** Asks for the rest of the file and keeps it. */
async function goOn(url: string, begun: Known | null, options: DownloadOptions): Promise<Known> {
  const { kept, room, signal } = options;
  let known = begun;
  let reply = await ask(url, known?.bytes ?? 0, signal);
  if (known !== null && (reply.from !== known.bytes || isOther(reply, known))) {
    // The host cannot continue, or has another file by now.
    await kept.forget(url);
    known = null;
    if (reply.from !== 0) reply = await renewed(reply, url, signal);
  }
  const left = reply.total === null ? 0 : reply.total - (known?.bytes ?? 0);
  const free = await room();
  if ((reply.total ?? 0) > MAX_BYTES) {
    throw await refused(reply, tooLong(url, reply.total ?? 0));
  }
  if (free !== null && left > free) {
    throw await refused(
      reply,
      new LabError("full", {
        what: `the browser has no room for ${nameOf(url, new Uint8Array(0), "")}`,
        got: `${Math.floor(free / 2 ** 20)} MiB`,
        expected: `${Math.ceil(left / 2 ** 20)} MiB`,
        hint: "remove a download you do not need",
      }),
    );
  }
  return receive(url, known, reply, options);
}

async function renewed(reply: Reply, url: string, signal: AbortSignal): Promise<Reply> {
  await reply.body?.cancel();
  return ask(url, 0, signal);
}

async function refused(reply: Reply, error: LabError): Promise<LabError> {
  await reply.body?.cancel();
  return error;
}

/** Whether the reply belongs to another file than the kept parts. */
function isOther({ etag, modified, total }: Reply, known: Known): boolean {
  if (total !== known.total) return true;
  if (etag !== null && known.etag !== null) return etag !== known.etag;
  return modified !== null && known.modified !== null && modified !== known.modified;
}

async function receive(
  url: string,
  begun: Known | null,
  reply: Reply,
  options: DownloadOptions,
): Promise<Known> {
  const { kept, onProgress, signal, now } = options;
  const reader = reply.body?.getReader();
  let known = begun;
  let waiting: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const keep = async (done: boolean) => {
    const part = size > 0 ? new Blob(waiting) : null;
    const head = known === null ? await firstBytes(part) : null;
    known = {
      url,
      name: known?.name ?? nameOf(url, head ?? new Uint8Array(0), reply.type),
      bytes: (known?.bytes ?? 0) + size,
      total: done ? (known?.bytes ?? 0) + size : reply.total,
      parts: (known?.parts ?? 0) + (part === null ? 0 : 1),
      done,
      etag: reply.etag,
      modified: reply.modified,
      licence: known?.licence ?? (await licenceOf(url, signal)),
      at: now(),
    };
    await kept.add(known, part);
    [waiting, size] = [[], 0];
    return known;
  };
  try {
    for (;;) {
      const next = await reader?.read();
      if (next === undefined || next.done) break;
      waiting.push(next.value);
      size += next.value.length;
      const arrived = (known?.bytes ?? 0) + size;
      if (arrived > MAX_BYTES) throw tooLong(url, arrived);
      onProgress(arrived, reply.total);
      if (size >= PART) await keep(false);
    }
  } catch (error) {
    if (error instanceof LabError) throw error;
    if (size > 0) await keep(false);
    if (signal.aborted) throw new LabError("cancelled", "cancelled on request");
    throw new Broken(messageOf(error));
  }
  const arrived = (known?.bytes ?? 0) + size;
  if (arrived === 0) throw new LabError("corpus", `the file at ${url} is empty`);
  if (reply.total !== null && arrived < reply.total) {
    await keep(false);
    throw new Broken("the host closed the connection");
  }
  return keep(true);
}

async function firstBytes(part: Blob | null): Promise<Uint8Array> {
  return new Uint8Array((await part?.slice(0, 8).arrayBuffer()) ?? new ArrayBuffer(0));
}

const tooLong = (url: string, bytes: number): LabError =>
  new LabError("corpus", {
    what: `${nameOf(url, new Uint8Array(0), "")} is too long`,
    got: `${Math.ceil(bytes / 2 ** 20).toLocaleString("en")} MiB`,
    expected: `at most ${MAX_BYTES / 2 ** 20} MiB`,
    hint: "choose a smaller file of it",
  });
