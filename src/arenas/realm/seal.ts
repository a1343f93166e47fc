// Prepares a fresh JavaScript realm for a candidate: the language without a clock, without random numbers, without
// eval, and frozen, so that no state passes from one instance to the next and no built-in function can be replaced.
// Isolation comes from the surroundings (a worker in an opaque origin, or a thread of Node); this file prevents
// cheating.

/** Globals that stay. */
const KEPT = new Set(
  `Object Array Number Boolean String Symbol Promise RegExp BigInt Math JSON Reflect Proxy Iterator
  Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError
  Map Set WeakMap WeakSet ArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array
  Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array
  undefined NaN Infinity isNaN isFinite parseInt parseFloat`.split(/\s+/),
);
/** Methods that depend on the machine's language. */
const LOCAL = /^(?:toLocale|localeCompare$)/;
/** Properties of RegExp that hold the last matched text, which every instance could read. */
const LAST_MATCH = /^(?:\$.|input|last(?:Match|Paren)|(?:left|right)Context)$/;

/** Seals the realm of the global object `scope`. Callers must save the globals they need before. */
export function seal(scope: object): void {
  const hidden = intrinsics();
  for (const maker of hidden)
    // `constructor` of any function is the constructor that turns text into code.
    if (typeof maker === "function")
      Object.defineProperty(Object.getPrototypeOf(maker) as object, "constructor", { value: undefined });
  Object.defineProperty(Math, "random", {
    value: () => {
      throw new Error("Math.random is not there: draw from the second argument of the entry function");
    },
  });
  for (let at: object | null = scope; at !== null && at !== Object.prototype; at = parent(at))
    for (const name of Object.getOwnPropertyNames(at))
      if (!KEPT.has(name) && name !== "constructor") remove(at, name);
  for (const name of Object.getOwnPropertyNames(RegExp))
    if (LAST_MATCH.test(name)) Reflect.deleteProperty(RegExp, name);
  const roots: unknown[] = [...hidden];
  const { defineProperty, getOwnPropertyDescriptor } = Object;
  for (const name of Object.getOwnPropertyNames(scope)) {
    const own = getOwnPropertyDescriptor(scope, name);
    if (own === undefined) continue;
    roots.push(own.value, own.get, own.set);
    // The value is repeated: on the global object of a Node context, changing only the flags would lose it.
    if (own.configurable === true && "value" in own)
      defineProperty(scope, name, { value: own.value, writable: false, configurable: false });
  }
  freezeAll(roots, scope);
}

/** Takes a name away. A constant of the surroundings that cannot be deleted may stay: a number is no way out. */
function remove(at: object, name: string): void {
  if (Reflect.deleteProperty(at, name) || Reflect.defineProperty(at, name, { value: undefined })) return;
  const left = Object.getOwnPropertyDescriptor(at, name);
  if (typeof left?.value !== "number") throw new Error(`the realm cannot be sealed: ${name} stays`);
}

const parent = (object: object) => Object.getPrototypeOf(object) as object | null;

/** Intrinsics that no global names: the prototypes of iterators, generators and asynchronous functions. */
function intrinsics(): unknown[] {
  const values = [][Symbol.iterator]();
  const helper = (values as { map?(f: () => void): unknown }).map?.(() => undefined);
  return [
    values,
    helper,
    new Map()[Symbol.iterator](),
    new Set()[Symbol.iterator](),
    ""[Symbol.iterator](),
    "".matchAll(/./g),
    new Error(),
    function () {
      // only the kinds of these functions matter
    },
    function* () {
      // nothing
    },
    async function () {
      // nothing
    },
    async function* () {
      // nothing
    },
    Object.getPrototypeOf(Uint8Array) as object,
  ];
}

function freezeAll(roots: readonly unknown[], except: object): void {
  const seen = new Set<unknown>([except]);
  const queue = [...roots];
  while (queue.length > 0) {
    const at = queue.pop();
    if (at === null || (typeof at !== "object" && typeof at !== "function") || seen.has(at)) continue;
    seen.add(at);
    if (ArrayBuffer.isView(at)) continue;
    queue.push(Object.getPrototypeOf(at));
    const own = Object.getOwnPropertyDescriptors(at) as Record<PropertyKey, PropertyDescriptor>;
    for (const key of Reflect.ownKeys(own)) {
      if (typeof key === "string" && LOCAL.test(key)) Reflect.deleteProperty(at, key);
      else queue.push(own[key].value, own[key].get, own[key].set);
    }
    Object.freeze(at);
  }
}
