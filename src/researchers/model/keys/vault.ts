// Stores keys encrypted under a passphrase with the browser's own cryptography (PBKDF2, then AES-GCM). The parameters
// are stored beside the ciphertext and authenticated, so that nobody can substitute weaker ones; too weak ones are
// refused on opening.
import { LabError } from "../../../error.ts";
import { KeyRing } from "./keys.ts";

/** The stored form: JSON, all of it public. */
export interface SealedKeys {
  readonly version: 1;
  readonly kdf: "PBKDF2-HMAC-SHA-256";
  readonly iterations: number;
  /** base64 */
  readonly salt: string;
  readonly cipher: "AES-256-GCM";
  readonly iv: string;
  readonly data: string;
}

/** OWASP's number for PBKDF2 with SHA-256 (Password Storage Cheat Sheet, 2023). */
export const ITERATIONS = 600_000;
const SALT_BYTES = 16;
const IV_BYTES = 12;
const MIN_PASSPHRASE = 8;

/** Encrypts the ring, with a fresh salt and nonce each time. Throws `value` for a passphrase under eight characters. */
export async function sealKeys(keys: KeyRing, passphrase: string): Promise<SealedKeys> {
  if (passphrase.length < MIN_PASSPHRASE) {
    throw new LabError("value", {
      what: "the passphrase is too short",
      expected: `${MIN_PASSPHRASE} characters or more`,
    });
  }
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const head = header(ITERATIONS, encode(salt), encode(iv));
  const key = await derive(passphrase, salt, ITERATIONS);
  const plain = new TextEncoder().encode(JSON.stringify(keys.entries()));
  const data = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: authenticated(head) },
    key,
    plain,
  );
  return { ...head, data: encode(new Uint8Array(data)) };
}

/** Decrypts into a new ring. Throws `value` when the passphrase is wrong or the data was changed. */
export async function openKeys(sealed: unknown, passphrase: string): Promise<KeyRing> {
  const checked = checkSealed(sealed);
  const iv = decode(checked.iv);
  const key = await derive(passphrase, decode(checked.salt), checked.iterations);
  const head = header(checked.iterations, checked.salt, checked.iv);
  let plain: ArrayBuffer;
  try {
    plain = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv, additionalData: authenticated(head) },
      key,
      decode(checked.data),
    );
  } catch {
    // WebCrypto reports only "OperationError", for either of these two causes.
    throw new LabError("value", "the stored keys do not open: wrong passphrase, or the data was changed");
  }
  const ring = new KeyRing();
  for (const entry of JSON.parse(new TextDecoder().decode(plain)) as [string, string][]) {
    ring.set(entry[0] as Parameters<KeyRing["set"]>[0], entry[1]);
  }
  return ring;
}

type Header = Omit<SealedKeys, "data">;

const header = (iterations: number, salt: string, iv: string): Header => ({
  version: 1,
  kdf: "PBKDF2-HMAC-SHA-256",
  iterations,
  salt,
  cipher: "AES-256-GCM",
  iv,
});

const authenticated = (head: Header): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(
    JSON.stringify([head.version, head.kdf, head.iterations, head.salt, head.cipher, head.iv]),
  );

async function derive(
  passphrase: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<CryptoKey> {
  const secret = new TextEncoder().encode(passphrase.normalize("NFC"));
  const base = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations },
    base,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

function checkSealed(value: unknown): SealedKeys {
  const sealed = value as Partial<SealedKeys> | null;
  const fits =
    sealed?.version === 1 &&
    sealed.kdf === "PBKDF2-HMAC-SHA-256" &&
    sealed.cipher === "AES-256-GCM" &&
    typeof sealed.iterations === "number" &&
    sealed.iterations >= ITERATIONS &&
    sealed.iterations <= 100 * ITERATIONS &&
    [sealed.salt, sealed.iv, sealed.data].every((part) => typeof part === "string");
  if (!fits) throw new LabError("value", "the stored keys are not in the form this lab writes");
  return sealed as SealedKeys;
}

const encode = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

function decode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
