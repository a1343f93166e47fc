// Hand-written checks of single fields: each returns the value with its type or throws LabError "protocol" that names
// the field. They read plain data only: messages between realms are clones, so they have no getters.
import { LabError } from "../../error.ts";

export type Field<T> = (value: unknown, path: string) => T;

export function reject(path: string, value: unknown, expected: string): never {
  throw new LabError("protocol", { what: path, got: describeValue(value), expected });
}

/** A short description of any value, without its contents. */
function describeValue(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return `a string of ${value.length}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `a view of ${value.byteLength} bytes`;
  return value === null ? "null" : typeof value;
}

/** A whole number in [min, max]. */
export const integer =
  (min: number, max: number): Field<number> =>
  (value, path) =>
    typeof value === "number" && Number.isInteger(value) && value >= min && value <= max
      ? value
      : reject(path, value, `a whole number in [${min}, ${max}]`);

/** A finite number in [min, max]. */
export const finite =
  (min: number, max: number): Field<number> =>
  (value, path) =>
    typeof value === "number" && value >= min && value <= max
      ? value
      : reject(path, value, `a number in [${min}, ${max}]`);

/** Any number: a trainer may report NaN or Infinity. */
export const number: Field<number> = (value, path) =>
  typeof value === "number" ? value : reject(path, value, "a number");

export const flag: Field<boolean> = (value, path) =>
  typeof value === "boolean" ? value : reject(path, value, "a boolean");

export const text =
  (max: number): Field<string> =>
  (value, path) =>
    typeof value === "string" && value.length <= max
      ? value
      : reject(path, value, `a string of at most ${max}`);

export const oneOf =
  <const T extends string>(...names: readonly T[]): Field<T> =>
  (value, path) =>
    names.find((name) => name === value) ?? reject(path, value, names.join(" | "));

export const list =
  <T>(item: Field<T>, max: number): Field<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value) || value.length > max) return reject(path, value, `an array of at most ${max}`);
    // Array.from, because map would skip holes.
    return Array.from(value as unknown[], (v, i) => item(v, `${path}[${i}]`));
  };

/** A plain object from short names to values. */
export const record =
  <T>(item: Field<T>, max: number): Field<Readonly<Record<string, T>>> =>
  (value, path) => {
    const entries = Object.entries(plain(value, path));
    if (entries.length > max) return reject(path, value, `at most ${max} entries`);
    const out = Object.create(null) as Record<string, T>;
    for (const [name, v] of entries)
      out[text(64)(name, `${path} name`)] = item(v, `${path}.${name.slice(0, 32)}`);
    return out;
  };

type View = Float32Array | Float64Array | Uint32Array | Uint16Array;

/** A typed array of one kind with at most `max` elements, over memory of its own that cannot change under us. */
export const view =
  <T extends View>(kind: { readonly prototype: T }, name: string, max: number): Field<T> =>
  (value, path) => {
    const same =
      value !== null && typeof value === "object" && Object.getPrototypeOf(value) === kind.prototype;
    if (!same || (value as T).length > max) return reject(path, value, `a ${name} of at most ${max}`);
    if (!((value as T).buffer instanceof ArrayBuffer)) return reject(path, value, "unshared memory");
    return value as T;
  };

/** An object with exactly these fields. */
export const shape =
  <T extends object>(fields: { readonly [K in keyof T]: Field<T[K]> }): Field<T> =>
  (value, path) => {
    const given = plain(value, path);
    const out: Partial<T> = {};
    for (const key of Object.keys(given)) {
      if (!Object.hasOwn(fields, key)) reject(`${path}.${key.slice(0, 32)}`, given[key], "no such field");
    }
    for (const key of Object.keys(fields) as (keyof T & string)[]) {
      out[key] = fields[key](given[key], `${path}.${key}`);
    }
    return out as T;
  };

function plain(value: unknown, path: string): Record<string, unknown> {
  const prototype: unknown =
    value !== null && typeof value === "object" ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== Object.prototype && prototype !== null) return reject(path, value, "a plain object");
  return value as Record<string, unknown>;
}
