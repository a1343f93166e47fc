// Git's objects as bytes: their names, and the objects that a commit or a tree refers to. Used where thousands are read
// at once (packs, bundles, deep verification); single objects go through isomorphic-git.

import { LabError } from "../../error.ts";
import type { Oid } from "./model.ts";

export type ObjectType = "commit" | "tree" | "blob" | "tag";

export interface GitObject {
  readonly type: ObjectType;
  readonly data: Uint8Array;
}

export interface TreeItem {
  readonly mode: string;
  readonly name: string;
  readonly oid: Oid;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function isOid(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte] ?? "";
  return text;
}

export function fromHex(oid: Oid): Uint8Array {
  const bytes = new Uint8Array(20);
  for (let i = 0; i < 20; i++) bytes[i] = Number.parseInt(oid.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export async function sha1(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-1", bytes as Uint8Array<ArrayBuffer>));
}

/** The object's name: SHA-1 over `<type> <size>\0<data>`. */
export async function objectId({ type, data }: GitObject): Promise<Oid> {
  const header = encoder.encode(`${type} ${data.length}\0`);
  const whole = new Uint8Array(header.length + data.length);
  whole.set(header);
  whole.set(data, header.length);
  return toHex(await sha1(whole));
}

/** Parses a loose object after decompression into its type and its data. */
export function unwrap(bytes: Uint8Array): GitObject {
  const zero = bytes.indexOf(0);
  const header = /^(commit|tree|blob|tag) (\d+)$/.exec(decoder.decode(bytes.subarray(0, Math.max(zero, 0))));
  const data = bytes.subarray(zero + 1);
  if (header === null || Number(header[2]) !== data.length) throw malformed("loose object", "no header");
  return { type: header[1] as ObjectType, data };
}

/** Entries of a tree in their order, with unchecked names. LabError "git" when it does not parse. */
export function parseTree(data: Uint8Array): TreeItem[] {
  const items: TreeItem[] = [];
  for (let at = 0; at < data.length;) {
    const zero = data.indexOf(0, at);
    if (zero < 0 || zero + 21 > data.length) throw malformed("tree", "it is cut off");
    const line = decoder.decode(data.subarray(at, zero));
    const space = line.indexOf(" ");
    if (space < 1) throw malformed("tree", "an entry has no mode");
    items.push({
      mode: line.slice(0, space),
      name: line.slice(space + 1),
      oid: toHex(data.subarray(zero + 1, zero + 21)),
    });
    at = zero + 21;
  }
  return items;
}

/** Tree and parents of a commit. LabError "git" when its header does not parse. */
export function parseCommit(data: Uint8Array): { readonly tree: Oid; readonly parents: readonly Oid[] } {
  const text = decoder.decode(data);
  const header = text.slice(0, text.indexOf("\n\n") < 0 ? text.length : text.indexOf("\n\n")).split("\n");
  const tree = header[0]?.startsWith("tree ") ? header[0].slice(5) : "";
  if (!isOid(tree)) throw malformed("commit", "it names no tree");
  const parents: Oid[] = [];
  let at = 1;
  for (; header[at]?.startsWith("parent "); at++) {
    const parent = header[at]?.slice(7) ?? "";
    if (!isOid(parent)) throw malformed("commit", "a parent is not an object name");
    parents.push(parent);
  }
  if (!header[at]?.startsWith("author ") || !header[at + 1]?.startsWith("committer "))
    throw malformed("commit", "it names no author or no committer");
  return { tree, parents };
}

function malformed(what: string, why: string): LabError {
  return new LabError("git", `${what} does not parse: ${why}`);
}
