// Reads objects by the thousand, loose or packed, for packing, bundles and deep verification. It holds what the
// repository looked like when it was opened; use it and let it go.

import type FS from "@isomorphic-git/lightning-fs";
import { LabError } from "../error.ts";
import { GIT_DIRECTORY } from "./git.ts";
import type { Oid } from "./model.ts";
import { type GitObject, objectId, unwrap } from "./object.ts";
import { LIMITS } from "./limits.ts";
import { PackFile, parseIndex } from "./pack-file.ts";
import { inflateAll } from "./zlib.ts";

const OBJECTS = `${GIT_DIRECTORY}/objects`;
export const PACKS = `${OBJECTS}/pack`;

export class ObjectReader {
  readonly #fs: FS;
  readonly loose: ReadonlySet<Oid>;
  /** Names of packs without suffix. */
  readonly packs: readonly string[];
  readonly #packed: ReadonlyMap<Oid, { readonly pack: string; readonly offset: number }>;
  readonly #open = new Map<string, PackFile>();

  private constructor(
    fs: FS,
    loose: ReadonlySet<Oid>,
    packs: readonly string[],
    packed: ReadonlyMap<Oid, { pack: string; offset: number }>,
  ) {
    this.#fs = fs;
    this.loose = loose;
    this.packs = packs;
    this.#packed = packed;
  }

  static async open(fs: FS): Promise<ObjectReader> {
    const packs = await listPacks(fs);
    const packed = new Map<Oid, { pack: string; offset: number }>();
    for (const pack of packs)
      for (const [oid, offset] of parseIndex(await fs.promises.readFile(`${PACKS}/${pack}.idx`)))
        packed.set(oid, { pack, offset });
    return new ObjectReader(fs, new Set(await listLoose(fs)), packs, packed);
  }

  get packedCount(): number {
    return this.#packed.size;
  }

  objectsOf(pack: string): Oid[] {
    return [...this.#packed].filter(([, place]) => place.pack === pack).map(([oid]) => oid);
  }

  /** The packs to rewrite together with the loose objects, so that each pack left is twice the size of the next smaller. */
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

  /** LabError "git" when it is missing, damaged, or (with `check`) not what its name says. */
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
    let pack = this.#open.get(place.pack);
    if (pack === undefined) {
      pack = new PackFile(await this.#fs.promises.readFile(`${PACKS}/${place.pack}.pack`));
      this.#open.set(place.pack, pack);
    }
    return pack.readAt(place.offset);
  }
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
