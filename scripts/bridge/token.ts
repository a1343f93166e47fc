// The bridge's token: its owner can use up the subscription of the agent.
import { randomBytes } from "node:crypto";

const VARIABLE = "BRIDGE_TOKEN";

/** The token from the environment, or a random one. Throws a one-line Error for a token that could be guessed. */
export function bridgeToken(environment: Readonly<Record<string, string | undefined>>): string {
  const given = (environment[VARIABLE] ?? "").trim();
  if (given === "") return randomBytes(24).toString("base64url");
  if (given.length < 16 || !/^[\w.~+/=-]+$/.test(given))
    throw new Error(`${VARIABLE}: expected at least 16 letters, digits or -._~+/=`);
  return given;
}

/** The longest answer of an agent [bytes]: far longer than any train.ts. */
export const ANSWER_BYTES = 4 << 20;
