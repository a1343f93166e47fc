// SHA-256 by the platform, for files that a study freezes, and for keys of caches.

/** SHA-256 of the bytes. */
export async function sha256Bytes(bytes: Uint8Array): Promise<Uint8Array> {
  // slice copies: digest refuses a view of a SharedArrayBuffer
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.slice()));
}

/** SHA-256 of the bytes, as 64 hexadecimal digits. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  return Array.from(await sha256Bytes(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** One key for texts that may be millions of characters long. */
export function digestOf(texts: readonly string[]): Promise<string> {
  return sha256(new TextEncoder().encode(JSON.stringify(texts)));
}
