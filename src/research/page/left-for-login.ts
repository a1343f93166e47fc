// Whether this tab left for a login: what the page must know before it loads the rest of it.

export const VERIFIER = "overnight:openrouter-verifier";

export function leftForLogin(storage: Pick<Storage, "getItem">): boolean {
  return storage.getItem(VERIFIER) !== null;
}
