// Reads thousands of objects, loose or packed, for packing, bundles and deep verification. It lists the objects once
// when it is opened; use it for a short time.

import type FS from "@isomorphic-git/lightning-fs";
import { LabError } from "../../error.ts";
import { GIT_DIRECTORY } from "../storage/git.ts";
import type { Oid } from "./model.ts";
import { type GitObject, objectId, sha1, toHex, unwrap } from "./object.ts";
import { LIMITS } from "./limits.ts";
import { PackFile, parseIndex } from "./pack-file.ts";
import type { Reusable } from "./write-pack.ts";
import { inflateAll } from "./zlib.ts";

const OBJECTS = `${GIT_DIRECTORY}/objects`;
export const PACKS = `${OBJECTS}/pack`;

export class ObjectReader {
  readonly #fs: FS;
  readonly loose: ReadonlySet<Oid>;
  /** Names of packs without suffix. */
  readonly packs: readonly string[];
  readonly #packed: ReadonlyMap<Oid, { readonly pack: string; readonly offset: number }>;
  /** Every object of every pack; an object may be in two packs. */
  readonly #indexes: ReadonlyMap<string, ReadonlyMap<Oid, number>>;
  readonly #open = new Map<string, OpenPack>();

  private constructor(
    fs: FS,
    loose: ReadonlySet<Oid>,
    packs: readonly string[],
    packed: ReadonlyMap<Oid, { pack: string; offset: number }>,
    indexes: ReadonlyMap<string, ReadonlyMap<Oid, number>>,
  ) {
    this.#fs = fs;
    this.loose = loose;
    this.packs = packs;
    this.#packed = packed;
    this.#indexes = indexes;
  }

  static async open(fs: FS): Promise<ObjectReader> {
    const packs = await listPacks(fs);
    const packed = new Map<Oid, { pack: string; offset: number }>();
    const indexes = new Map<string, ReadonlyMap<Oid, number>>();
    for (const pack of packs) {
      const index = parseIndex(await fs.promises.readFile(`${PACKS}/${pack}.idx`));
      indexes.set(pack, index);
      for (const [oid, offset] of index) packed.set(oid, { pack, offset });
    }
    return new ObjectReader(fs, new Set(await listLoose(fs)), packs, packed, indexes);
  }

  get packedCount(): number {
    return this.#packed.size;
  }

  objectsOf(pack: string): Oid[] {
    return [...this.#packed].filter(([, place]) => place.pack === pack).map(([oid]) => oid);
  }

  /**
   * The packs to rewrite with the loose objects, so that each remaining pack is twice the size of the next smaller one.
   */
  packsToMerge(): string[] {
    const sizes = new Map<string, number>(this.packs.map((pack) => [pack, 0]));
    for (const { pack } of this.#packed.values()) sizes.set(pack, (sizes.get(pack) ?? 0) + 1);
    const merged: string[] = [];
    let together = this.loose.size;
    for (const [pack, size] of [...sizes].sort((a, b) => a[1] - b[1])) {
      if (size >= 2 * together) break;
      merged.push(pack);
      together += size;
    }
    return merged;
  }

  has(oid: Oid): boolean {
    return this.loose.has(oid) || this.#packed.has(oid);
  }

  /** Reads an object. LabError "git" when it is missing, damaged, or (with `check`) does not match its name. */
  async read(oid: Oid, check = false): Promise<GitObject> {
    const object = await this.#read(oid);
    if (check && (await objectId(object)) !== oid)
      throw new LabError("git", { what: "object: its content does not match its name", got: oid });
    return object;
  }

  async #read(oid: Oid): Promise<GitObject> {
    const place = this.#packed.get(oid);
    if (this.loose.has(oid))
      return unwrap(inflateAll(await this.#fs.promises.readFile(loosePath(oid)), LIMITS.objectBytes));
    if (place === undefined) throw new LabError("git", { what: "object: it is missing", got: oid });
    return (await this.#pack(place.pack)).file.readAt(place.offset);
  }

  /**
   * A packed object in its stored form, undefined for a loose one. LabError "git" when its pack's
   * checksum is wrong: then the pack has changed since it was checked.
   */
  async reusable(oid: Oid): Promise<Reusable | undefined> {
    const place = this.#packed.get(oid);
    if (place === undefined || this.loose.has(oid)) return undefined;
    const pack = await this.#pack(place.pack);
    pack.sound ??= checkSum(pack.file.bytes);
    await pack.sound;
    pack.places ??= placesOf(this.#index(place.pack), pack.file.bytes.length - 20);
    const { kind, size, base, body } = pack.file.storedAt(
      place.offset,
      pack.places.ends.get(place.offset) ?? 0,
    );
    return { kind, size, body, base: typeof base === "number" ? pack.places.names.get(base) : base };
  }

  #index(pack: string): ReadonlyMap<Oid, number> {
    const index = this.#indexes.get(pack);
    if (index === undefined) throw new LabError("internal", `the pack ${pack} was not listed`);
    return index;
  }

  async #pack(name: string): Promise<OpenPack> {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const pack: OpenPack = { file: new PackFile(await this.#fs.promises.readFile(`${PACKS}/${name}.pack`)) };
    this.#open.set(name, pack);
    return pack;
  }
}

interface OpenPack {
  readonly file: PackFile;
  sound?: Promise<void>;
  places?: Places;
}

/** The objects of a pack by their offsets, and the end of each. */
export interface Places {
  readonly names: ReadonlyMap<number, Oid>;
  readonly ends: ReadonlyMap<number, number>;
}

/** The object at each offset of a pack, and the offset of the next one. */
export function placesOf(index: ReadonlyMap<Oid, number>, end: number): Places {
  const names = new Map([...index].map(([oid, offset]) => [offset, oid] as const));
  const offsets = [...names.keys()].sort((a, b) => a - b);
  return { names, ends: new Map(offsets.map((offset, i) => [offset, offsets[i + 1] ?? end])) };
}

async function checkSum(pack: Uint8Array): Promise<void> {
  if (toHex(await sha1(pack.subarray(0, -20))) !== toHex(pack.subarray(-20)))
    throw new LabError("git", "pack: its checksum is wrong");
}

export function loosePath(oid: Oid): string {
  return `${OBJECTS}/${oid.slice(0, 2)}/${oid.slice(2)}`;
}

async function listLoose(fs: FS): Promise<Oid[]> {
  const found: Oid[] = [];
  for (const folder of await fs.promises.readdir(OBJECTS)) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue;
    for (const rest of await fs.promises.readdir(`${OBJECTS}/${folder}`)) found.push(folder + rest);
  }
  return found;
}

async function listPacks(fs: FS): Promise<string[]> {
  const files = await fs.promises.readdir(PACKS);
  return files.filter((file) => file.endsWith(".idx")).map((file) => file.slice(0, -4));
}
