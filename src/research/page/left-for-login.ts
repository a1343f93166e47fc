// Whether this tab left for a login. A file of its own, so that the page loads the code of the login only then.

export const VERIFIER = "overnight:openrouter-verifier";

export function leftForLogin(storage: Pick<Storage, "getItem">): boolean {
  return storage.getItem(VERIFIER) !== null;
}
