import { describe, expect, test } from "vitest";
import { familyOf } from "./families.ts";
import { isOpenSource } from "./licences.ts";
import { lockedPackages } from "./packages.ts";

test("a lockfile gives the packages that every machine installs, each version once, by path", () => {
  const lock = {
    lockfileVersion: 3,
    packages: {
      "": { name: "root" },
      "node_modules/zebra": { version: "1.0.0", integrity: "z" },
      "node_modules/@scope/a": { version: "2.0.0", integrity: "a" },
      "node_modules/native-linux": { version: "1.0.0", os: ["linux"], optional: true },
      "node_modules/native-arm": { version: "1.0.0", cpu: ["arm64"] },
      "node_modules/maybe": { version: "1.0.0", optional: true },
      "node_modules/local": { link: true },
      "node_modules/zebra/node_modules/@scope/a": { version: "2.0.0", integrity: "a" },
      "node_modules/zebra/node_modules/deep": { version: "3.0.0", integrity: "d" },
      "node_modules/alias": { name: "real", version: "1.0.0", integrity: "r" },
    },
  };
  expect(lockedPackages(JSON.stringify(lock)).map(({ path, name }) => [path, name])).toEqual([
    ["node_modules/@scope/a", "@scope/a"],
    ["node_modules/alias", "real"],
    ["node_modules/zebra", "zebra"],
    ["node_modules/zebra/node_modules/deep", "deep"],
  ]);
  expect(() => lockedPackages("{}")).toThrow(/lockfileVersion/);
});

test("the headless lab's tools and the packages that only they need give no text, in any folder", () => {
  const entry = (dependencies: Record<string, string> = {}) => ({ version: "1.0.0", dependencies });
  const lock = {
    packages: {
      "": { devDependencies: { "@modelcontextprotocol/sdk": "1", own: "1" } },
      "node_modules/@modelcontextprotocol/sdk": entry({ only: "1", shared: "1", own: "1" }),
      "node_modules/only": entry({ below: "1" }),
      "node_modules/only/node_modules/below": entry(),
      "node_modules/below": entry(),
      "node_modules/shared": entry(),
      "node_modules/own": entry({ shared: "1", below: "1" }),
    },
  };
  const names = lockedPackages(JSON.stringify(lock)).map(({ path }) => path);
  expect(names).toEqual(["node_modules/below", "node_modules/own", "node_modules/shared"]);
});

test("open-source licences pass, data licences, unknown and missing ones do not", () => {
  for (const yes of [
    "MIT",
    "(MIT AND Zlib)",
    "(GPL-3.0 OR MIT)",
    "MIT AND ISC AND BSD-3-Clause",
    "(MIT OR (X AND Y))",
  ]) {
    expect(isOpenSource(yes), yes).toBe(true);
  }
  for (const no of [
    "",
    "UNLICENSED",
    "CC-BY-4.0",
    "MIT AND Proprietary",
    "SEE LICENSE IN x",
    "(MIT",
    "MIT ISC",
    "OR MIT",
  ]) {
    expect(isOpenSource(no), no).toBe(false);
  }
});

describe("families", () => {
  test("scopes, prefixes, types and known relatives go together", () => {
    const together = (...names: string[]): void =>
      expect(new Set(names.map(familyOf)).size, names.join()).toBe(1);
    together("@codemirror/view", "@codemirror/state", "@lezer/common", "style-mod");
    together(
      "eslint",
      "@eslint/js",
      "@typescript-eslint/utils",
      "typescript-eslint",
      "eslint-scope",
      "espree",
    );
    together("react", "react-dom", "@types/react", "scheduler");
    together("d3-shape", "@types/d3-shape", "victory-vendor");
    together("zod", "zod-validation-error");
    together("node", "@types/node");
    expect(familyOf("react")).not.toBe(familyOf("eslint"));
  });
});
