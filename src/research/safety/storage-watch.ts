// Looks at the browser's storage now and then, also while nothing runs: how much room there is, and whether it is still
// there. A state is left later than it is entered, so that it does not flicker.
import { LabError } from "../../error.ts";
import type { RawStore, Repository } from "../../repo/index.ts";
import type { Clock } from "../../researchers/index.ts";
import type { StorageView } from "../contract/lab-state.ts";

/** Room for about a hundred experiments; below it the page warns. */
const LOW_BYTES = 16 * 2 ** 20;
const ENOUGH_BYTES = 2 * LOW_BYTES;
interface Estimate {
  readonly usage: number;
  readonly quota: number;
}

/** The state after a look; `refused`: the last write was. `lost` is never left. */
export function nextStorage(before: StorageView, estimate: Estimate | null, refused: boolean): StorageView {
  if (before.state === "lost") return before;
  if (estimate === null) return { state: refused ? "full" : "ok", usage: null, quota: null };
  const { usage, quota } = estimate;
  const free = quota - usage;
  const wasTight = before.state !== "ok";
  const tight = free < (wasTight ? ENOUGH_BYTES : LOW_BYTES);
  const state = refused || free <= 0 ? "full" : tight ? "low" : "ok";
  return { state, usage, quota };
}

export async function estimateStorage(): Promise<Estimate | null> {
  // Absent in insecure contexts, whatever the types say.
  const storage = (navigator as { storage?: Partial<StorageManager> }).storage;
  const { usage, quota } = (await storage?.estimate?.()) ?? {};
  return usage === undefined || quota === undefined ? null : { usage, quota };
}

/** Deletes data that can be fetched or made again: shards of embedded texts, texts of studies other than the open one. */
export async function evictCaches(keepHash: string | null): Promise<void> {
  if (typeof caches === "undefined") return;
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys())
      if (keepHash === null || !request.url.endsWith(encodeURIComponent(keepHash)))
        await cache.delete(request);
  }
}

const LOOK_EVERY = 10_000; // ms
/** Looks from one probe to the next, as long as there is room. */
const PROBE_EVERY = 3;

interface WatchParts {
  estimate(): Promise<Estimate | null>;
  /** Deletes data that can be made again. */
  evict(): Promise<void>;
  readonly clock: Clock;
  tell(view: StorageView): void;
}

type Watched = Pick<RawStore, "lost" | "version" | "probe">;

export class StorageWatch {
  readonly #parts: WatchParts;
  #view: StorageView = { state: "ok", usage: null, quota: null };
  #refused = false;
  #watched: Watched | null = null;
  #stopWaiting = new AbortController();

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  get lost(): boolean {
    return this.#view.state === "lost";
  }

  /** Looks for as long as the store is there and not left; true: the browser took it away. */
  async watch(store: Watched): Promise<boolean> {
    this.#watched = store;
    const here = () => this.#watched === store && !this.lost;
    void store.lost.then(() => {
      if (here()) this.lose();
    });
    for (let looks = 0; here(); looks++) {
      // Chromium gives an estimate that says nothing of the room there is: ten gigabytes more than are used.
      if (this.#refused || looks % PROBE_EVERY === 0) await this.#probe(store);
      await this.look();
      await this.#parts.clock.sleep(LOOK_EVERY, this.#stopWaiting.signal);
      // The browser may take the store away without a word; then not even its version can be read.
      if (here())
        await store.version().catch(() => {
          if (here()) this.lose();
        });
    }
    return this.#watched === store;
  }

  /** The lab itself is about to close or replace the store: that is no loss. */
  leave(): void {
    this.#watched = null;
    this.giveUp();
  }

  lose(): void {
    this.#show({ ...this.#view, state: "lost" });
    this.giveUp();
  }

  async look(): Promise<void> {
    this.#show(nextStorage(this.#view, await this.#parts.estimate(), this.#refused));
  }

  async #probe(store: Watched): Promise<void> {
    try {
      await store.probe();
      this.#refused = false;
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      this.#refused = error.code === "full"; // a store that failed says so at its next read
    }
  }

  /** Does the write again when there is room, instead of failing, as long as `patient` says so. */
  async withRoom<T>(write: () => Promise<T>, patient: () => boolean): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        const result = await write();
        if (this.#refused) {
          this.#refused = false;
          await this.look();
        }
        return result;
      } catch (error) {
        if (!(error instanceof LabError) || error.code !== "full") throw error;
        this.#refused = true;
        await this.look();
        if (tries === 0) {
          await this.#parts.evict();
          continue;
        }
        const stop = this.#stopWaiting.signal;
        if (!patient() || stop.aborted) throw error;
        await this.#parts.clock.sleep(LOOK_EVERY / 2, stop);
        if (stop.aborted) throw error;
      }
    }
  }

  /** Ends every wait: the write fails as it would have. */
  giveUp(): void {
    this.#stopWaiting.abort();
    if (!this.lost) this.#stopWaiting = new AbortController();
  }

  #show(view: StorageView): void {
    this.#view = view;
    this.#parts.tell(view);
  }
}

/** The repository behind a watch: its writes wait for room while the loop runs. */
export function withRoom(repository: Repository, watch: StorageWatch, patient: () => boolean): Repository {
  const waiting: Partial<Repository> = {
    createStudy: (study) => watch.withRoom(() => repository.createStudy(study), patient),
    commitExperiment: (experiment) => watch.withRoom(() => repository.commitExperiment(experiment), patient),
    writeJournal: (value, name) => watch.withRoom(() => repository.writeJournal(value, name), patient),
  };
  return new Proxy(repository, {
    get(target, name) {
      const own: unknown = Reflect.get(waiting, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
