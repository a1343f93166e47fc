// Collects unpacked bytes as a Blob, which a browser keeps outside of the script's memory, and stops at a limit: a few
// kilobytes of an archive can hold a terabyte.
import { LabError } from "../../error.ts";

/** Bytes that all files of one import may still unpack to. */
export interface Allowance {
  left: number;
  readonly limit: number;
}

/** Bytes collected before they become a Blob. */
const PART = 4 << 20;

export class Spill {
  readonly #name: string;
  readonly #allowance: Allowance;
  #blobs: Blob[] = [];
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;

  /** `name`: the packed file, for the error. */
  constructor(name: string, allowance: Allowance) {
    this.#name = name;
    this.#allowance = allowance;
  }

  /** Adds bytes, which may be reused afterwards. Throws LabError "corpus" beyond the allowance. */
  push(bytes: Uint8Array): void {
    this.#allowance.left -= bytes.length;
    if (this.#allowance.left < 0) throw tooLong(this.#name, this.#allowance);
    this.#parts.push(bytes.slice());
    this.#bytes += bytes.length;
    if (this.#bytes >= PART) this.#close();
  }

  /** What was pushed since the last call. */
  take(): Blob {
    this.#close();
    const blob = new Blob(this.#blobs);
    this.#blobs = [];
    return blob;
  }

  #close(): void {
    if (this.#bytes > 0) this.#blobs.push(new Blob(this.#parts));
    this.#parts = [];
    this.#bytes = 0;
  }
}

export function tooLong(name: string, { limit }: Allowance): LabError {
  return new LabError("corpus", {
    what: `${name} is too long`,
    got: "more unpacked text",
    expected: `at most ${limit / 2 ** 20} MiB`,
    hint: "bring a part of it",
  });
}
