// One tab owns the lab: an exclusive Web Lock held for as long as the tab lives. A held lock also keeps Chrome's Energy
// Saver from freezing the tab.

import { LabError } from "../../error.ts";

export interface LabLock {
  /** Resolves with one line when the lock was taken away (another tab stole it); never after `release`. */
  readonly lost: Promise<string>;
  /** Passes the lab to the next tab that waits for it. */
  release(): void;
}

/** The lab, or null when another tab owns it. LabError "lock" where the browser has no Web Locks. */
export function acquireLab(name = "overnight"): Promise<LabLock | null> {
  return request(name, { ifAvailable: true });
}

/**
 * The lab as soon as its owner releases it or closes. Rejects with LabError "cancelled" when `signal` is aborted first.
 */
export async function waitForLab(signal?: AbortSignal, name = "overnight"): Promise<LabLock> {
  const lab = await request(name, signal === undefined ? {} : { signal });
  if (lab === null) throw new LabError("lock", "lab: the lock was refused");
  return lab;
}

function request(name: string, options: LockOptions): Promise<LabLock | null> {
  // Absent in insecure contexts and in old browsers, although the types promise it.
  const locks = (navigator as { locks?: LockManager }).locks;
  if (locks === undefined)
    return Promise.reject(
      new LabError("lock", {
        what: "lab: this browser has no Web Locks",
        hint: "use https or localhost, and a current browser",
      }),
    );
  return new Promise((resolve, reject) => {
    let held = false;
    let released = false;
    let release: () => void = () => undefined;
    let lose: (reason: string) => void = () => undefined;
    const lost = new Promise<string>((settle) => {
      lose = settle;
    });
    locks
      .request(`${name}.lab`, { mode: "exclusive", ...options }, (lock) => {
        if (lock === null) {
          resolve(null);
          return undefined;
        }
        held = true;
        return new Promise<void>((done) => {
          release = () => {
            released = true;
            done();
          };
          resolve({ lost, release });
        });
      })
      .then(
        () => undefined,
        (cause: unknown) => {
          if (held && !released) lose("another tab took over the lab");
          else if (!held)
            reject(
              options.signal?.aborted === true
                ? new LabError("cancelled", "lab: waiting for it was cancelled")
                : new LabError("lock", { what: "lab: the lock failed", got: String(cause), cause }),
            );
        },
      );
  });
}
