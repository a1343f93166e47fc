// The link that `npm run bridge` prints: the address of an agent on this machine and the token it requires, behind the
// #, so that neither reaches a server. The page takes both out of its address as it opens.
import { connectSources, parseModelSpec } from "../../researchers/index.ts";
import type { LabClient } from "../contract/lab-state.ts";

export interface BridgeLink {
  /** As the lab spells a researcher: `bridge:claude@http://127.0.0.1:4601/v1`. */
  readonly researcher: string;
  readonly token: string;
  /** The origin the page has to be allowed to reach. */
  readonly sources: readonly string[];
  /** The page's address without them. */
  readonly clean: string;
}

/** Null: the address names no bridge. Throws LabError `value` for one that is not on this machine. */
export function readBridgeLink(href: string): BridgeLink | null {
  const address = new URL(href);
  const given = new URLSearchParams(address.hash.slice(1));
  const [agent, token] = [given.get("bridge"), given.get("token")];
  if (agent === null || token === null) return null;
  const researcher = `bridge:${agent}`;
  const sources = connectSources(parseModelSpec(researcher));
  return { researcher, token, sources, clean: `${address.pathname}${address.search}` };
}

/** Makes the agent the researcher. Rejects where this page does not own the lab. */
export async function useBridge(client: LabClient, { researcher, token }: BridgeLink): Promise<void> {
  await client.opened();
  await client.models({ type: "set", change: { researcher } });
  await client.models({ type: "key", key: token });
}
