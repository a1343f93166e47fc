// A hash of texts that are too long for memory. The platform's digest needs all bytes in one call, so the hash of a
// text is the SHA-256 of the SHA-256s of its successive blocks of 1 MiB.
import { sha256, sha256Bytes } from "../../digest.ts";

const BLOCK = 1 << 20;

/** Hashes a text that comes in pieces. */
export class BlockHash {
  private readonly block = new Uint8Array(BLOCK);
  private filled = 0;
  private readonly digests: Uint8Array[] = [];

  async push(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const take = Math.min(bytes.length - at, BLOCK - this.filled);
      this.block.set(bytes.subarray(at, at + take), this.filled);
      this.filled += take;
      at += take;
      if (this.filled === BLOCK) await this.flush();
    }
  }

  /** The hash of everything pushed: SHA-256 of the concatenated block digests, 64 hexadecimal digits. */
  async finish(): Promise<string> {
    if (this.filled > 0) await this.flush();
    const all = new Uint8Array(this.digests.length * 32);
    this.digests.forEach((d, i) => all.set(d, i * 32));
    return sha256(all);
  }

  private async flush(): Promise<void> {
    this.digests.push(await sha256Bytes(this.block.subarray(0, this.filled)));
    this.filled = 0;
  }
}

/** The hash of a whole corpus from the hashes of its three splits. */
export function corpusHash(train: string, validation: string, test: string): Promise<string> {
  return sha256(new TextEncoder().encode(`train ${train}\nvalidation ${validation}\ntest ${test}\n`));
}
