// Limits the globals of train.ts to the language and timers. The sandbox's policy already blocks the network, and its
// opaque origin all storage; lockdown removes the other ways out (messages past the port, workers, the raw GPU, on
// which an endless dispatch hangs the whole browser) and freezes the remaining objects, because a patched prototype
// would get the lab's own objects as `this`: its port, its device.

/** Globals of a worker to keep. All others go, also those of future browsers, and randomness other than the lab's. */
const KEPT = new Set(
  `Object Function Array Number Boolean String Symbol Date Promise RegExp BigInt Math JSON Intl Reflect Proxy Iterator
  Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError
  Map Set WeakMap WeakSet WeakRef FinalizationRegistry DisposableStack AsyncDisposableStack
  ArrayBuffer DataView Atomics Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array
  Float16Array Float32Array Float64Array BigInt64Array BigUint64Array
  globalThis self undefined NaN Infinity isNaN isFinite parseInt parseFloat eval escape unescape
  encodeURI encodeURIComponent decodeURI decodeURIComponent
  console performance navigator structuredClone queueMicrotask TextEncoder TextDecoder
  setTimeout clearTimeout setInterval clearInterval`.split(/\s+/),
);
/** Properties to keep of objects that could carry data from one evaluation of train.ts to the next. */
const OF = {
  navigator: new Set(["hardwareConcurrency", "language", "languages", "userAgent"]),
  performance: new Set(["now", "timeOrigin"]),
} as const;
/** Static properties of RegExp that expose the text matched last to all code. */
const LAST_MATCH = /^(?:\$.|input|last(?:Match|Paren)|(?:left|right)Context)$/;

/** Methods that code often assigns on its own objects, which a frozen prototype would forbid. */
const OVERRIDDEN = ["name", "message", "toString", "valueOf", "constructor"];

/**
 * Removes all names outside `KEPT` from the global object of a worker and its prototype chain, and freezes it with
 * every object reachable from it and from `more`. The caller must already hold the globals that it needs.
 */
export function lockdown(scope: object, more: readonly object[] = []): void {
  const roots: unknown[] = [...hiddenIntrinsics(), ...more];
  for (const at of chainOf(scope)) {
    for (const { value, get, set } of Object.values(Object.getOwnPropertyDescriptors(at))) {
      if (value !== scope) roots.push(value, get, set);
    }
  }
  const parts = scope as { readonly [K in keyof typeof OF]?: object };
  for (const name of ["navigator", "performance"] as const) {
    const part = parts[name];
    if (part === undefined) continue;
    prune(part, (own) => OF[name].has(own as never));
    roots.push(part);
  }
  prune(RegExp, (name) => !LAST_MATCH.test(name));
  prune(scope, (name) => KEPT.has(name));
  // A port is an EventTarget too, so these are not pruned but hidden.
  if (typeof EventTarget === "function")
    for (const name of Object.getOwnPropertyNames(EventTarget.prototype))
      Object.defineProperty(scope, name, { value: undefined, configurable: true });
  freezeAll([...roots, ...chainOf(scope).slice(1)], scope);
  for (const name of Object.getOwnPropertyNames(scope)) {
    const own = Object.getOwnPropertyDescriptor(scope, name);
    if (own?.configurable !== true) continue;
    Object.defineProperty(
      scope,
      name,
      "value" in own ? { writable: false, configurable: false } : { set: undefined, configurable: false },
    );
  }
  Object.preventExtensions(scope);
}

/** An object and its prototypes, without those that every object has. */
function chainOf(object: object): object[] {
  const chain: object[] = [];
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (at === Object.prototype || (typeof EventTarget === "function" && at === EventTarget.prototype)) break;
    chain.push(at);
  }
  return chain;
}

function prune(object: object, kept: (name: string) => boolean): void {
  for (const at of chainOf(object)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (!kept(name) && name !== "constructor") Reflect.deleteProperty(at, name);
    }
  }
}

/** Objects without a global name: prototypes of iterators, generators, asynchronous functions and typed arrays. */
function hiddenIntrinsics(): unknown[] {
  return [
    [][Symbol.iterator](),
    new Map()[Symbol.iterator](),
    new Set()[Symbol.iterator](),
    ""[Symbol.iterator](),
    "".matchAll(/./g),
    ...iteratorHelpers(),
    // V8 gives every error the same two functions, as its accessor `stack`.
    new Error(),
    (function* () {
      // only the kinds of these functions matter
    })(),
    (async function* () {
      // nothing
    })(),
    function* () {
      // nothing
    },
    async function* () {
      // nothing
    },
    async () => {
      // nothing
    },
    Object.getPrototypeOf(Uint8Array) as object,
  ];
}

/** Of Iterator and of Intl.Segmenter, where an engine has them. */
function iteratorHelpers(): unknown[] {
  const values = [][Symbol.iterator]() as { map?(f: () => void): unknown };
  const { Iterator: iterator } = globalThis as { Iterator?: { from?(given: object): unknown } };
  const segments = typeof Intl.Segmenter === "function" ? new Intl.Segmenter().segment("a") : null;
  return [
    values.map?.(() => undefined),
    iterator?.from?.({ next: () => undefined }),
    segments,
    segments?.[Symbol.iterator](),
  ];
}

function freezeAll(roots: readonly unknown[], except: object): void {
  const seen = new Set<unknown>([except]);
  const queue = [...roots];
  for (let at = queue.pop(); queue.length > 0 || at !== undefined; at = queue.pop()) {
    if (at === null || (typeof at !== "object" && typeof at !== "function") || seen.has(at)) continue;
    seen.add(at);
    // The elements of a view cannot be frozen, and train.ts reaches none that matters.
    if (ArrayBuffer.isView(at)) continue;
    queue.push(Object.getPrototypeOf(at));
    const descriptors = Object.getOwnPropertyDescriptors(at) as Record<PropertyKey, PropertyDescriptor>;
    for (const key of Reflect.ownKeys(descriptors)) {
      const { value, get, set } = descriptors[key];
      queue.push(value, get, set);
    }
    if (Object.hasOwn(at, "constructor")) for (const name of OVERRIDDEN) allowOverride(at, name);
    Object.freeze(at);
  }
}

/** Turns a value of a prototype into an accessor: heirs may shadow it by assignment, nobody can change it. */
function allowOverride(prototype: object, name: string): void {
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  if (own === undefined || !("value" in own) || own.configurable !== true) return;
  const value: unknown = own.value;
  // Methods, because a function would have a `prototype`.
  const { get, set } = {
    get: () => value,
    set(this: object, mine: unknown) {
      if (this === prototype) throw new TypeError(`Cannot assign to read only property '${name}'`);
      Object.defineProperty(this, name, {
        value: mine,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    },
  };
  Object.defineProperty(prototype, name, {
    get: Object.freeze(get),
    set: Object.freeze(set),
    enumerable: own.enumerable === true,
    configurable: false,
  });
}
