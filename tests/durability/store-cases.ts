// Ways to damage the lab's store in a Chromium profile, and the state that the page must reach. Files are damaged while
// the browser is closed, single records through IndexedDB on a page of the same origin.

import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface StoreCase {
  readonly name: string;
  /** Whether the lab has left a copy in the browser's own file system. */
  readonly copy: boolean;
  /** Damages the files of the database in this folder. */
  readonly files?: (folder: string) => void;
  /** Damages the browser's own file system, with the witness and the copy in it. */
  readonly beside?: (folder: string) => void;
  /** The browser can neither open the database nor replace it. */
  readonly closed?: true;
  /** A script for a page of the lab's origin, run before the lab is opened. */
  readonly records?: string;
  /** The phase that the page must reach. `idle`: no damage that matters. */
  readonly phase: "damaged" | "idle" | "either";
  readonly says?: RegExp;
  /** Number of experiments left of `EXPERIMENTS`; "some": any number. */
  readonly left: number | "some";
  /** Part of the short set. */
  readonly short?: boolean;
}

export const EXPERIMENTS = 12;

const find = (folder: string, pattern: RegExp): string[] =>
  readdirSync(folder)
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name));
const MANIFEST = /^MANIFEST-/;
const LOG = /\.(log|ldb)$/;

function each(folder: string, pattern: RegExp, change: (bytes: Buffer) => Buffer): void {
  const files = find(folder, pattern);
  if (files.length === 0) throw new Error(`no ${pattern} in ${folder}`);
  for (const file of files) writeFileSync(file, change(readFileSync(file)));
}

const flipped = (bytes: Buffer): Buffer => {
  for (let at = Math.min(40, bytes.length >> 1); at < bytes.length; at += 97) bytes[at] ^= 0xff;
  return bytes;
};

/** A script that opens the database for a change; `change` sees `records`, an object store. */
const edit = (change: string, version = ""): string => `new Promise((resolve, reject) => {
  const opening = indexedDB.open("overnight"${version === "" ? "" : `, ${version}`});
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const work = opening.result.transaction("records", "readwrite");
    const records = work.objectStore("records");
    work.oncomplete = () => { opening.result.close(); resolve(); };
    work.onabort = () => reject(work.error);
    ${change}
  };
})`;

/** A script that changes the nth file among git's objects, in the order of writing. */
const nthObject = (n: number, change: string): string =>
  edit(`records.getAllKeys().onsuccess = ({ target }) => {
      const key = target.result.filter((key) => typeof key === "number").sort((a, b) => a - b).at(${n});
      ${change}
    };`);

const gone = /database is empty; it held study night with 12 experiments/;

export const STORE_CASES: readonly StoreCase[] = [
  {
    name: "MANIFEST cut in half",
    copy: true,
    phase: "damaged",
    says: gone,
    left: 12,
    short: true,
    files: (folder) => each(folder, MANIFEST, (bytes) => bytes.subarray(0, bytes.length >> 1)),
  },
  {
    name: "MANIFEST deleted",
    copy: true,
    phase: "damaged",
    left: 12,
    closed: true,
    files: (folder) => find(folder, MANIFEST).forEach((file) => rmSync(file)),
  },
  {
    name: "MANIFEST with flipped bytes",
    copy: true,
    phase: "damaged",
    left: 12,
    files: (folder) => each(folder, MANIFEST, flipped),
  },
  {
    name: "CURRENT pointing nowhere",
    copy: true,
    phase: "damaged",
    left: 12,
    closed: true,
    files: (folder) => writeFileSync(join(folder, "CURRENT"), "MANIFEST-999999\n"),
  },
  {
    name: "CURRENT emptied",
    copy: true,
    phase: "damaged",
    left: 12,
    files: (folder) => truncateSync(join(folder, "CURRENT"), 0),
  },
  {
    name: "log cut in half",
    copy: true,
    phase: "damaged",
    left: 12,
    short: true,
    files: (folder) => each(folder, LOG, (bytes) => bytes.subarray(0, bytes.length >> 1)),
  },
  {
    name: "log cut in half, no copy",
    copy: false,
    phase: "damaged",
    left: "some",
    files: (folder) => each(folder, LOG, (bytes) => bytes.subarray(0, bytes.length >> 1)),
  },
  {
    name: "end of the log cut off",
    copy: true,
    phase: "damaged",
    left: 12,
    files: (folder) => each(folder, LOG, (bytes) => bytes.subarray(0, Math.max(0, bytes.length - 3000))),
  },
  {
    name: "log zeroed",
    copy: true,
    phase: "damaged",
    left: 12,
    files: (folder) => each(folder, LOG, (bytes) => bytes.fill(0)),
  },
  {
    name: "log deleted",
    copy: true,
    phase: "damaged",
    left: 12,
    files: (folder) => find(folder, LOG).forEach((file) => rmSync(file)),
  },
  {
    name: "log with flipped bytes",
    copy: true,
    phase: "damaged",
    left: 12,
    files: (folder) => each(folder, LOG, flipped),
  },
  {
    name: "the whole folder of the database deleted",
    copy: true,
    phase: "damaged",
    says: gone,
    left: 12,
    files: (folder) => rmSync(folder, { recursive: true }),
  },
  {
    name: "the same without a copy",
    copy: false,
    phase: "damaged",
    says: gone,
    left: 0,
    files: (folder) => rmSync(folder, { recursive: true }),
  },
  ...[20, 60, -4].flatMap((n): StoreCase[] => [
    {
      name: `stored file ${n} deleted`,
      copy: true,
      phase: "either",
      left: 12,
      short: n === 60,
      records: nthObject(n, "records.delete(key);"),
    },
    {
      name: `stored file ${n} deleted, no copy`,
      copy: false,
      phase: "either",
      left: 12,
      records: nthObject(n, "records.delete(key);"),
    },
    {
      name: `stored file ${n} overwritten`,
      copy: true,
      phase: "either",
      left: 12,
      records: nthObject(n, "records.put(new Uint8Array(100).fill(7), key);"),
    },
  ]),
  {
    name: "directory tree deleted",
    copy: false,
    phase: "damaged",
    left: 12,
    short: true,
    records: edit(`records.delete("!root");`),
  },
  {
    name: "version record deleted",
    copy: false,
    phase: "damaged",
    left: 12,
    records: edit(`records.delete("!version");`),
  },
  {
    name: "journal corrupted",
    copy: false,
    phase: "damaged",
    left: 12,
    records: edit(`records.put("{ not json", "=journal/lab");`),
  },
  {
    name: "journal of another version",
    copy: false,
    phase: "damaged",
    left: 12,
    short: true,
    says: /journal is of another version/,
    records: edit(`records.put('{"version":2,"tag":"night"}', "=journal/lab");`),
  },
  {
    name: "journal deleted",
    copy: false,
    phase: "damaged",
    says: /journal lab is missing/,
    left: 12,
    records: edit(`records.delete("=journal/lab");`),
  },
  {
    name: "the browser's own files deleted",
    copy: true,
    phase: "idle",
    left: 12,
    beside: (folder) => rmSync(folder, { recursive: true }),
  },
  {
    name: "the browser's own files emptied",
    copy: true,
    phase: "idle",
    left: 12,
    beside: (folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .forEach(({ parentPath, name }) => truncateSync(join(parentPath, name), 0)),
  },
];

/** A database of a later version: it can be read and exported, but not written. */
export const LATER_VERSION = edit("", "7");
