// Types of the part of pako 1.0 that zlib.ts and prepare/files use; the package has none.

declare module "pako" {
  interface Inflate {
    /** `next_in`: bytes of the input that were consumed. */
    readonly strm: { readonly next_in: number };
    err: number;
    /** The failure in words; "" before one. */
    readonly msg: string;
    ended: boolean;
    push(data: Uint8Array, mode: boolean): boolean;
    onData: (chunk: Uint8Array) => void;
    onEnd: (status: number) => void;
  }
  const pako: {
    Inflate: new (options?: { chunkSize?: number }) => Inflate;
    deflate: (
      data: Uint8Array,
      options?: { level?: number; windowBits?: number; memLevel?: number },
    ) => Uint8Array<ArrayBuffer>;
  };
  export default pako;
}
