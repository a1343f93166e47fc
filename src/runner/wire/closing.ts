// How a connection to the engine begins and ends: the name of the protocol, the codes of a refusal, and the line for each end.

/** The WebSocket subprotocol; the client names the token beside it, because a browser can send no other header. */
export const PROTOCOL = "overnight-engine";

/** Close codes of our own, with a reason in one line: the engine refuses the client, or stops. */
export const REFUSED = 4000;
export const STOPPED = 4001;

/** The longest reason that a close frame can hold [bytes]; ours are ASCII. */
export const MAX_REASON = 123;

/** One line for the end of a connection. `code` and `reason` of its close event; `opened`: whether it had begun. */
export function lineOfEnd(
  address: string,
  { code, reason, opened }: { readonly code: number; readonly reason: string; readonly opened: boolean },
): string {
  const engine = `the engine at ${address}`;
  if (code === REFUSED) return `${engine} refuses: ${reason}`;
  if (code === STOPPED) return `${engine} was stopped`;
  if (code === 1009) return `${engine} refuses: a message is too large`;
  if (!opened) return `${engine} does not answer (start it there with npm run engine)`;
  return `the connection to ${engine} broke`;
}
