// The page's part of OpenRouter's login: it leaves with a challenge, returns with a code, and sends the key to the lab.
import { beginLogin, exchangeCode, readCallback } from "../../researchers/index.ts";
import { VERIFIER } from "./left-for-login.ts";
import type { LabClient } from "../contract/lab-state.ts";

/** Leaves the page; a study that was running goes on when the person comes back. */
export async function leaveForLogin(limit: number): Promise<void> {
  const callback = `${location.origin}${location.pathname}`;
  const { verifier, url } = await beginLogin({ callback, limit, label: "Overnight" });
  sessionStorage.setItem(VERIFIER, verifier);
  location.assign(url);
}

/** After the return: takes the code out of the address at once; the key is never in it. False: this is no return. */
export async function returnFromLogin(client: LabClient): Promise<boolean> {
  const verifier = sessionStorage.getItem(VERIFIER);
  const found = verifier === null ? null : readCallback(location.href);
  if (verifier === null || found === null) return false;
  sessionStorage.removeItem(VERIFIER);
  history.replaceState(null, "", found.clean);
  const key = await exchangeCode(found.code, verifier);
  await client.opened();
  await client.models({ type: "key", key });
  return true;
}
