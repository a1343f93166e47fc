// The bridge's token: who has it may spend the subscription of its agent.
import { randomBytes } from "node:crypto";

const VARIABLE = "BRIDGE_TOKEN";

/** The token of the environment, or a random one. Throws an Error with one line for one that could be guessed. */
export function bridgeToken(environment: Readonly<Record<string, string | undefined>>): string {
  const given = (environment[VARIABLE] ?? "").trim();
  if (given === "") return randomBytes(24).toString("base64url");
  if (given.length < 16 || !/^[\w.~+/=-]+$/.test(given))
    throw new Error(`${VARIABLE}: expected at least 16 letters, digits or -._~+/=`);
  return given;
}

/** What an agent may write as its answer: far more than any train.ts. */
export const ANSWER_BYTES = 4 << 20;
