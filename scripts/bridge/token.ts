// The token of a local server: its owner can use up the subscription of the bridge's agent, or compute on the engine.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * The token from a variable of the environment, or a random one. Throws a one-line Error for a token that could be
 * guessed.
 */
export function serverToken(
  variable: "BRIDGE_TOKEN" | "ENGINE_TOKEN",
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const given = (environment[variable] ?? "").trim();
  if (given === "") return randomBytes(24).toString("base64url");
  if (given.length < 16 || !/^[\w.~+/=-]+$/.test(given))
    throw new Error(`${variable}: expected at least 16 letters, digits or -._~+/=`);
  return given;
}

/** Compares in constant time. */
export function isToken(given: string, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/** The longest answer of an agent [bytes]: far longer than any train.ts. */
export const ANSWER_BYTES = 4 << 20;
