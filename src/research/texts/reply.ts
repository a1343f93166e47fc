// Asks a host for a file from some byte on, and reads what its answer says. Always with `Range`, even for a whole file: then
// browsers ask for it uncompressed, and its bytes can be counted.
import { LabError } from "../../error.ts";

export interface Reply {
  /** First byte of the body; 0 from a host that ignores `Range`. */
  readonly from: number;
  /** Size of the whole file in bytes; null: the host does not say. */
  readonly total: number | null;
  readonly etag: string | null;
  readonly modified: string | null;
  readonly type: string;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
}

const OPTIONS = { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" } as const;

/** Throws LabError "corpus" with what is wrong with the address. */
export async function ask(url: string, from: number, signal: AbortSignal): Promise<Reply> {
  const host = new URL(url).hostname;
  let answer: Response;
  try {
    answer = await fetch(url, { ...OPTIONS, headers: { Range: `bytes=${from}-` }, signal });
  } catch (cause) {
    if (signal.aborted) throw new LabError("cancelled", "cancelled on request");
    throw await unreachable(url, host, signal, cause);
  }
  const { status, headers } = answer;
  const facts = {
    etag: headers.get("etag"),
    modified: headers.get("last-modified"),
    type: headers.get("content-type") ?? "",
  };
  if (status === 416) {
    await answer.body?.cancel();
    // Nothing follows the bytes that are kept, or the file is shorter by now.
    const total = Number(/\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1] ?? from);
    return { ...facts, from: total === from ? from : -1, total, body: null };
  }
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new LabError("corpus", refusalOf(status, host));
  }
  if (/^text\/html|application\/xhtml/.test(facts.type)) {
    await answer.body?.cancel();
    throw new LabError("corpus", {
      what: `${host} sends a web page, not a text`,
      got: facts.type.split(";")[0],
      expected: "the address of the file itself",
      hint: "the address behind its download button",
    });
  }
  const length = Number(headers.get("content-length") ?? NaN);
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
  const begin = status === 206 ? Number(range?.[1] ?? from) : 0;
  const size = range && range[2] !== "*" ? Number(range[2]) : begin + length;
  return { ...facts, from: begin, total: Number.isFinite(size) ? size : null, body: answer.body };
}

function refusalOf(status: number, host: string): { what: string; got: string; hint?: string } {
  const got = `status ${status}`;
  if (status === 404 || status === 410) return { what: `${host} has no such file`, got };
  if (status === 401 || status === 403)
    return {
      what: `${host} gives this file only to some`,
      got,
      hint: "download it with your login and drop it here",
    };
  if (status === 429) return { what: `${host} wants fewer requests`, got, hint: "try again later" };
  return { what: `${host} does not send the file`, got, ...(status >= 500 && { hint: "try again later" }) };
}

/** Tells a host that forbids other pages to read it from one that cannot be reached: both fail without a reason. */
async function unreachable(
  url: string,
  host: string,
  signal: AbortSignal,
  cause: unknown,
): Promise<LabError> {
  if (typeof navigator === "object" && !navigator.onLine && !/^(localhost|127\.0\.0\.1)$/.test(host))
    return new LabError("corpus", { what: `${host} cannot be reached: there is no network`, cause });
  const control = new AbortController();
  try {
    await fetch(url, { ...OPTIONS, mode: "no-cors", signal: AbortSignal.any([signal, control.signal]) });
  } catch {
    return new LabError("corpus", {
      what: `${host} cannot be reached`,
      hint: "is the address right?",
      cause,
    });
  } finally {
    control.abort();
  }
  return new LabError("corpus", {
    what: `${host} lets no other page read its files (it sends no CORS header)`,
    hint: "download it and drop the file here",
    cause,
  });
}
