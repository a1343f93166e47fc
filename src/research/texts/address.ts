// Addresses of texts: which ones are fetched, and what the file behind one is called.
import { LabError } from "../../error.ts";

/** Hosts of this machine, which may be read without https. */
const LOOPBACK = /^(localhost|127\.0\.0\.1)$/;

/**
 * The address of the file itself: pages that show a file on Hugging Face or GitHub are turned into it. Throws LabError
 * "corpus" for anything but https, or http on this machine.
 */
export function textAddress(typed: string): string {
  const text = typed.trim();
  const url = URL.canParse(text) ? new URL(text) : null;
  const allowed = url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.test(url.hostname));
  if (url === null || !allowed || url.username !== "" || url.password !== "") {
    throw new LabError("corpus", {
      what: "this is no address of a text",
      got: text === "" ? "nothing" : `"${text.slice(0, 80)}"`,
      expected: "https://…, without a name or password in it",
    });
  }
  url.hash = "";
  if (url.hostname === "huggingface.co") url.pathname = url.pathname.replace("/blob/", "/resolve/");
  const page = url.hostname === "github.com" && /^\/([^/]+\/[^/]+)\/(?:blob|raw)\/(.+)$/.exec(url.pathname);
  return page ? `https://raw.githubusercontent.com/${page[1]}/${page[2]}` : url.href;
}

/** The address of a data set's facts on its host, which name its licence; null for a host without. */
export function factsAddress(address: string): string | null {
  const found = /^https:\/\/huggingface\.co\/datasets\/([\w.-]+\/[\w.-]+)\//.exec(address);
  return found && `https://huggingface.co/api/datasets/${found[1]}`;
}

/** First bytes of files whose name does not say what they are. */
const MAGIC: readonly [end: string, bytes: readonly number[]][] = [
  ["zip", [0x50, 0x4b, 3, 4]],
  ["gz", [0x1f, 0x8b]],
  ["parquet", [0x50, 0x41, 0x52, 0x31]],
];

/** The file's name: the last part of its path, with an end that says what its first bytes are. */
export function nameOf(address: string, head: Uint8Array, type: string): string {
  const { pathname, hostname } = new URL(address);
  const last = pathname.split("/").findLast((part) => part !== "") ?? hostname;
  let name = last;
  try {
    name = decodeURIComponent(last).replaceAll("/", "_");
  } catch {
    // The path is not UTF-8: its letters stay as they are written.
  }
  const end = MAGIC.find(([, bytes]) => bytes.every((byte, i) => head[i] === byte))?.[0];
  if (end !== undefined) return name.toLowerCase().endsWith(`.${end}`) ? name : `${name}.${end}`;
  if (/\.\w{1,8}$/.test(name)) return name;
  return /ndjson|jsonl|json-lines/.test(type) ? `${name}.jsonl` : `${name}.txt`;
}
