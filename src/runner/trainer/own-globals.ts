// The globals that one evaluation of train.ts has to itself: a global object, which it may write on, and timers that end
// with it. Their names shadow those of the worker (see `transpile`), whose own global object it never sees.

/** The worker's own timers. */
export interface Timers {
  setTimeout(work: () => void, ms?: number): unknown;
  setInterval(work: () => void, ms?: number): unknown;
  clearTimeout(id: unknown): void;
  clearInterval(id: unknown): void;
}

export interface OwnGlobals {
  /** By name. */
  readonly names: Readonly<Record<string, unknown>>;
  /** Ends the timers. */
  clear(): void;
}

/** The names through which code learns the time. */
const CLOCKS = ["Date", "performance", "setTimeout", "setInterval", "Intl"];

/**
 * `scope`: the worker's global object, whose names are all there, and cannot be changed. `onClock` is called whenever the
 * code uses a clock or a timer.
 */
export function ownGlobals(scope: object, timers: Timers, onClock: (() => void) | null = null): OwnGlobals {
  const running = new Map<unknown, (id: unknown) => void>();
  const stop = (id: unknown) => {
    running.get(id)?.(id);
    running.delete(id);
  };
  const timer =
    (name: "Timeout" | "Interval") =>
    (work: unknown, ms?: number, ...given: unknown[]) => {
      const id = timers[`set${name}`](() => {
        if (name === "Timeout") running.delete(id);
        // Text is not evaluated, and a function gets no `this`, which would be the worker's global object.
        if (typeof work === "function") (work as (...given: unknown[]) => void)(...given);
      }, ms);
      running.set(id, timers[`clear${name}`]);
      return id;
    };
  const own = {
    setTimeout: timer("Timeout"),
    setInterval: timer("Interval"),
    clearTimeout: stop,
    clearInterval: stop,
  };
  const global: object = {};
  const shared = (name: string, value: unknown) =>
    Object.defineProperty(global, name, { value, enumerable: false, writable: false, configurable: false });
  const names = { ...own, globalThis: global, self: global };
  if (onClock !== null)
    for (const name of CLOCKS) {
      const value: unknown = Reflect.get(names, name) ?? Reflect.get(scope, name);
      if (value !== undefined) Object.assign(names, { [name]: watched(value as object, onClock) });
    }
  for (const name of namesOf(scope)) if (!Object.hasOwn(names, name)) shared(name, free(scope, name));
  for (const [name, value] of Object.entries(names)) shared(name, value);
  const clear = () => {
    for (const id of [...running.keys()]) stop(id);
  };
  return { names, clear };
}

/** The same object or function; `onUse` is called before it is used in any way. */
function watched(value: object, onUse: () => void): object {
  const using =
    <A extends unknown[], R>(work: (...given: A) => R) =>
    (...given: A): R => {
      onUse();
      return work(...given);
    };
  const { apply, construct, get } = Reflect;
  return new Proxy(value, {
    apply: using((target, self, given) => apply(target as () => void, self, given) as unknown),
    construct: using((target, given) => construct(target as new () => object, given) as object),
    get: using((target, name) => get(target, name) as unknown),
  });
}

/** All names of an object and its prototypes, without those of Object.prototype. */
function namesOf(scope: object): Set<string> {
  const names = new Set<string>();
  for (let at: object | null = scope; at !== null && at !== Object.prototype; at = parentOf(at))
    for (const name of Object.getOwnPropertyNames(at)) if (name !== "constructor") names.add(name);
  return names;
}

function parentOf(object: object): object | null {
  return Object.getPrototypeOf(object) as object | null;
}

/** A function of the platform needs the worker's global object as `this`, so it is bound to `undefined`. */
function free(scope: object, name: string): unknown {
  const value: unknown = Reflect.get(scope, name);
  return typeof value === "function" && !Object.hasOwn(value, "prototype") && name !== "Proxy"
    ? (value.bind(undefined) as unknown)
    : value;
}
