// The lockdown in a realm of its own, because it freezes the realm it runs in.
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import { transform } from "sucrase";
import { beforeAll, describe, expect, it } from "vitest";

const SCOPE = `
  class Plain { fetch() {} postMessage() {} close() {} get navigator() { return navigatorObject; } }
  const navigatorObject = Object.create({ gpu: 1, hardwareConcurrency: 2, sendBeacon() {} });
  class GPUDevice { createBuffer() { return this; } }
  const scope = Object.create(Plain.prototype);
  Object.assign(scope, { Worker: 1, tomorrowsSocket: 2, setTimeout() {}, performance: { now() {}, mark() {} }, GPUDevice, Array, Object, Error, Promise });
  const device = new GPUDevice();
  const more = { inner: { list: [] } };
`;

let realm: object;
beforeAll(() => {
  const { code } = transform(readFileSync("src/runner/trainer/lockdown.ts", "utf8"), {
    transforms: ["typescript", "imports"],
  });
  realm = createContext({});
  runInContext(
    `"use strict"; const exports = {};\n${code}\n${SCOPE}\nexports.lockdown(scope, [more]);`,
    realm,
  );
});
const inside = (code: string): unknown => runInContext(`"use strict"; ${code}`, realm);

describe("the lockdown", () => {
  it("removes every property outside the allowed names, own or inherited, known to the lab or not", () => {
    expect(inside("Object.keys(scope).join()")).toBe("setTimeout,performance,Array,Object,Error,Promise");
    expect(inside("Object.getOwnPropertyNames(Plain.prototype).join()")).toBe("constructor,navigator");
    expect(inside("Object.keys(Object.getPrototypeOf(navigatorObject)).join()")).toBe("hardwareConcurrency");
  });

  it.each([
    "Array.prototype.map = () => {}",
    "Promise.prototype.then = () => {}",
    "Function.prototype.call = () => {}",
    "Object.prototype.label = 1",
    "Object.prototype.constructor = 1",
    "Error.prepareStackTrace = (e, sites) => sites",
    "Error.prototype.name = 'x'",
    "GPUDevice.prototype.createBuffer = function () { return this; }",
    "scope.setTimeout = () => {}",
    "scope.performance.now = () => 0",
    "Object.getPrototypeOf([][Symbol.iterator]()).next = () => {}",
    "Object.getPrototypeOf(async () => {}).constructor = 1",
    "Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})())).next = () => {}",
    "Object.defineProperty(Array.prototype, 'push', { value: 1 })",
    "delete Array.prototype.push",
    "Object.setPrototypeOf(Array.prototype, null)",
    "scope.stash = 1",
    "scope.setTimeout.stash = 1",
    "scope.performance.stash = 1",
    "Object.getOwnPropertyDescriptor(Object.prototype, 'constructor').get.stash = 1",
    "(Object.getOwnPropertyDescriptor(new Error(), 'stack').get ?? Object.freeze({})).stash = 1",
    "Object.getPrototypeOf(new Intl.Segmenter().segment('a')).stash = 1",
    "more.stash = 1",
    "more.inner.list.push(1)",
  ])("forbids %s", (attack) => {
    expect(() => inside(attack)).toThrow(/Cannot|not extensible|read only|immutable/i);
  });

  it("leaves no object in which one evaluation could keep state for the next", () => {
    expect(
      inside("/(k)(.)/.exec('kept'); [RegExp.input, RegExp.$1, RegExp['$&'], RegExp.lastMatch].join('')"),
    ).toBe("");
    expect(inside("Object.keys(scope.performance).join()")).toBe("now");
  });

  it("leaves honest code alone", () => {
    inside(
      "class Mine extends Error { constructor() { super('m'); this.name = 'Mine'; } } globalThis.mine = new Mine();",
    );
    expect(inside("String(globalThis.mine)")).toBe("Mine: m");
    expect(inside("const o = {}; o.toString = () => 'own'; o.constructor = 3; `${o}${o.constructor}`")).toBe(
      "own3",
    );
    expect(
      inside("class A { x = [1, 2].map((y) => 2 * y); toString() { return this.x.join(); } } `${new A()}`"),
    ).toBe("2,4");
  });
});
