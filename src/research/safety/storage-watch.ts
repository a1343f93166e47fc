// Checks the browser's storage periodically, also while nothing runs: how much room there is, and whether it still
// exists. The state has hysteresis, so that it does not flicker.
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

/** The state after a check; `refused`: the last write found no room. `lost` is final. */
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
  // Absent in insecure contexts, although the types promise it.
  const storage = (navigator as { storage?: Partial<StorageManager> }).storage;
  const { usage, quota } = (await storage?.estimate?.()) ?? {};
  return usage === undefined || quota === undefined ? null : { usage, quota };
}

const LOOK_EVERY = 10_000; // ms
/** While there is room, one check in so many also probes the store. */
const PROBE_EVERY = 3;

interface WatchParts {
  estimate(): Promise<Estimate | null>;
  /** Deletes some data that can be made again. Resolves with false when there are none. */
  evict(): Promise<boolean>;
  readonly clock: Clock;
  tell(view: StorageView): void;
}

type Watched = Pick<RawStore, "lost" | "version" | "probe">;

export class StorageWatch {
  readonly #parts: WatchParts;
  #view: StorageView = { state: "ok", usage: null, quota: null };
  #refused = false;
  #watched: Watched | null = null;
  /** Aborted while no write waits for room. */
  #impatient = new AbortController();
  #over = new AbortController();

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  get lost(): boolean {
    return this.#view.state === "lost";
  }

  /** Checks until the store is lost (true: the browser deleted it) or the lab leaves it (false). */
  async watch(store: Watched): Promise<boolean> {
    this.#watched = store;
    const { signal } = (this.#over = new AbortController());
    const here = () => this.#watched === store && !this.lost;
    void store.lost.then(() => {
      if (here()) this.lose();
    });
    for (let looks = 0; here(); looks++) {
      // Chromium's estimate does not show the free room: it always reports ten gigabytes more than are used.
      if (this.#refused || looks % PROBE_EVERY === 0) await this.#probe(store);
      await this.look();
      await this.#parts.clock.sleep(LOOK_EVERY, signal);
      // The browser may delete the store without an event; then reading its version fails.
      if (here())
        await store.version().catch(() => {
          if (here()) this.lose();
        });
    }
    return this.#watched === store;
  }

  /** Call before the lab closes or replaces the store: that is no loss. */
  leave(): void {
    this.#watched = null;
    this.#giveUp();
  }

  lose(): void {
    this.#show({ ...this.#view, state: "lost" });
    this.#giveUp();
  }

  #giveUp(): void {
    this.#over.abort();
    this.#impatient.abort();
    if (!this.lost) this.#impatient = new AbortController();
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
      this.#refused = error.code === "full"; // any other failure appears at the next read of the store
    }
  }

  /** Repeats the write until there is room, instead of failing, as long as `patient` returns true. */
  async withRoom<T>(write: () => Promise<T>, patient: () => boolean): Promise<T> {
    for (;;) {
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
        if (await this.#parts.evict()) continue;
        const stop = this.#impatient.signal;
        if (!patient() || stop.aborted) throw error;
        await this.#parts.clock.sleep(LOOK_EVERY / 2, stop);
        if (stop.aborted) throw error;
      }
    }
  }

  /** Runs `work` while no write waits for room: those that wait, and those that begin, fail with LabError "full". */
  async withoutWaiting(work: () => Promise<void>): Promise<void> {
    const impatient = this.#impatient;
    impatient.abort();
    try {
      await work();
    } finally {
      if (!this.lost && this.#impatient === impatient) this.#impatient = new AbortController();
    }
  }

  #show(view: StorageView): void {
    this.#view = view;
    this.#parts.tell(view);
  }
}

/** The repository with writes that wait for room as long as `patient` returns true. */
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
