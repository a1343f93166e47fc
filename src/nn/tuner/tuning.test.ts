// A tuning from the sandbox is untrusted: parseTuning checks all of it.

import { describe, expect, it } from "vitest";
import { adapterKey, GENERATION, MAX_CHOICES, parseTuning, tuningFor } from "./tuning.ts";

const sound = {
  generation: GENERATION,
  adapter: "acme, rocket",
  choices: {
    "matmul nt 1024x512x128": "tile 64x64",
    "attention grad q 32x128x32 by 2 window 64": "64 lanes",
  },
};
const choices = (more: Record<string, unknown>) => ({ ...sound, choices: more });

describe("parseTuning", () => {
  it("accepts a valid tuning, also after JSON", () => {
    expect(parseTuning(sound)).toEqual(sound);
    expect(parseTuning(JSON.parse(JSON.stringify(sound)))).toEqual(sound);
  });
  it.each<[string, unknown]>([
    ["null", null],
    ["a text", "tile"],
    ["an array", [sound]],
    ["a field too many", { ...sound, more: 1 }],
    ["a field too few", { generation: 1, adapter: "" }],
    ["a generation that is none", { ...sound, generation: 0.5 }],
    ["an adapter without end", { ...sound, adapter: "x".repeat(401) }],
    ["a name of another family", choices({ "matmul nn 8x8x8": "64 lanes" })],
    ["code for a name", choices({ "matmul nn 8x8x8": "tile 64x64; }" })],
    ["a name that is no text", choices({ "matmul nn 8x8x8": ["tile 64x64"] })],
    ["an unknown family", choices({ "adamw 12": "1 lane" })],
    ["a family that every object has", choices({ "constructor 12": "name" })],
    ["a class with other letters", choices({ "matmul nn <8>": "plain 8" })],
    ["a class without end", choices({ [`matmul ${"1".repeat(80)}`]: "plain 8" })],
    [
      "too many classes",
      choices(
        Object.fromEntries(
          Array.from({ length: MAX_CHOICES + 1 }, (_, i) => [`matmul nn ${i}x8x8`, "plain 8"]),
        ),
      ),
    ],
    ["a class with a prototype", choices(JSON.parse('{"__proto__": "plain 8"}') as Record<string, unknown>)],
    ["choices that are no plain object", { ...sound, choices: new Map() }],
  ])("refuses %s", (_, value) => {
    expect(() => parseTuning(value)).toThrow(/tuning/);
  });
});

describe("tuningFor", () => {
  it("finds the tuning of the adapter and of these kernels", () => {
    const old = { ...sound, generation: GENERATION - 1 };
    const other = { ...sound, adapter: "another" };
    expect(tuningFor([old, other, sound], "acme, rocket")).toBe(sound);
    expect(tuningFor([old, other], "acme, rocket")).toBeNull();
  });
});

it("adapters with other features have other keys", () => {
  const info = { vendor: "acme", architecture: "", device: "", description: "Rocket", software: false };
  const caps = {
    subgroup: 32,
    f16: true,
    software: false,
    maxInvocations: 256,
    maxWorkgroupStorage: 16384,
    maxStorageBinding: 2 ** 27,
    maxStorageBuffers: 8,
    maxWorkgroups: 65535,
  };
  expect(adapterKey(info, caps)).toBe("acme, Rocket, subgroups of 32, f16");
  expect(adapterKey(info, { ...caps, subgroup: 0, f16: false })).toBe("acme, Rocket");
});
