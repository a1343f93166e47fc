// Where the engine is: in this browser, or at an address with a token, as `npm run engine` prints them. It belongs to the
// page, not to a study, and a token must not be in a study's commits.
import * as z from "zod/mini";
import type { RemoteEngine } from "../../runner/index.ts";
import { check } from "./schema.ts";

/** Loopback only: the texts and the weights of a study cross unencrypted. A tunnel leads to another machine. */
const ADDRESS = /^ws:\/\/((?:[\w.~-]|%2B|%2F|%3D){16,200})@((?:127\.0\.0\.1|localhost)(?::\d{1,5})?)\/?$/;

/** `ws://TOKEN@127.0.0.1:4602`; empty: this browser. */
export const ENGINE = z
  .string()
  .check(
    z.refine(
      (text) => text === "" || (ADDRESS.test(text) && URL.canParse(text)),
      "ws://TOKEN@127.0.0.1:PORT, as npm run engine prints it",
    ),
  );

/** Parses the setting; null: this browser. Throws LabError `value`, without the token. */
export function readEngine(text: string): RemoteEngine | null {
  const written = text.trim();
  check(ENGINE, "engine", written, written.replace(/\/\/[^@]*@/, "//…@").slice(0, 80));
  const [, token, host] = ADDRESS.exec(written) ?? [];
  return token === undefined ? null : { address: `ws://${host}`, token: decodeURIComponent(token) };
}

/** The text of the setting. */
export const writeEngine = ({ address, token }: RemoteEngine): string =>
  address.replace("://", `://${encodeURIComponent(token)}@`);
