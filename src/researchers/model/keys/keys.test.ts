import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyOwner, KeyRing, scanForKeys } from "./keys.ts";
import { ITERATIONS, openKeys, sealKeys } from "./vault.ts";

const KEY = "sk-ant-api03-aB3_xYz-0123456789abcdefghij";
const ring = () => {
  const keys = new KeyRing();
  keys.set("anthropic", KEY);
  return keys;
};

describe("the key ring", () => {
  it("cannot be printed or serialised by accident", () => {
    const keys = ring();
    expect(JSON.stringify(keys)).toBe("{}");
    expect(Object.values(keys)).toEqual([]);
    expect(String(keys)).not.toContain("sk-");
    expect(keys.owners()).toEqual(["anthropic"]);
  });

  it("redacts its own keys, and texts of a known key's form", () => {
    expect(ring().redact(`header x-api-key: ${KEY}, done`)).toBe(
      "header x-api-key: [key of anthropic], done",
    );
    expect(new KeyRing().redact(`I use ${KEY}`)).toBe("I use [an Anthropic key]");
    expect(ring().redact("a sk-learn pipeline, task-force")).toBe("a sk-learn pipeline, task-force");
  });

  it("keeps the keys of one's own servers apart by origin", () => {
    const owner = keyOwner({ provider: "compatible", address: "https://a.example/v1" });
    expect(owner).toBe("compatible https://a.example");
    expect(owner).not.toBe(keyOwner({ provider: "compatible", address: "https://b.example/v1" }));
  });
});

describe("scanForKeys", () => {
  it("finds a key in files, and says where without saying it", () => {
    const leaks = scanForKeys({ "train.ts": "a\nb", "notes.md": `x\ny ${KEY} z`, gone: null }, ring());
    expect(leaks).toEqual([{ where: "notes.md", line: 2, what: "the key of anthropic" }]);
    expect(JSON.stringify(leaks)).not.toContain("sk-ant");
  });

  it("finds a key of any form in bytes, JSON, addresses and base64", () => {
    const key = fc
      .string({ minLength: 16, maxLength: 60, unit: "grapheme-ascii" })
      .map((s) => s.trim())
      .filter((s) => s.length >= 16);
    const around = fc.string({ maxLength: 30 });
    fc.assert(
      fc.property(key, around, around, (secret, before, after) => {
        const keys: [string, string][] = [["openai", secret]];
        const texts = [
          before + secret + after,
          JSON.stringify({ [before]: secret }),
          `https://x.example/?k=${encodeURIComponent(secret)}`,
          btoa(String.fromCharCode(...new TextEncoder().encode(before + secret + after))),
        ];
        for (const text of texts) expect(scanForKeys(text, keys).length, text).toBeGreaterThan(0);
        expect(scanForKeys({ pack: new TextEncoder().encode(before + secret) }, keys)).not.toEqual([]);
      }),
    );
  });

  it("finds a key that is split over two lines", () => {
    const [one, two] = [KEY.slice(0, 14), KEY.slice(14)];
    for (const text of [
      `a\n${one}\n${two}\nb`,
      `a\nconst k = "${one}" +\n  "${two}";`,
      `a\n// ${one}\n// ${two}`,
      `a\n> ${one}\\\r\n> ${two}`,
      `a\n 12 | ${one}\n 13 | ${two}`,
      `a\nconst k = ["${one}", "${two}"].join("");`,
      `a\n${JSON.stringify({ program: `${one}\n${two}` })}`,
      `a\n${JSON.stringify(JSON.stringify(`${one}\r\n\t${two}`))}`,
      `a\n${one}\u200b\n${two.slice(0, 6)}\u00ad\n${two.slice(6)}`,
    ]) {
      expect(ring().redact(text), text).toContain("[key of anthropic]");
      expect(ring().redact(text), text).not.toContain(two);
      expect(scanForKeys(text, ring()), text).toContainEqual({
        where: "",
        line: 2,
        what: "the key of anthropic",
      });
    }
    expect(scanForKeys(`${one}\nand then\n${two}`, ring()).map(({ what }) => what)).not.toContain(
      "the key of anthropic",
    );
  });

  it("redacts every key that is split, and nothing beside them", () => {
    const [one, two] = [KEY.slice(0, 14), KEY.slice(14)];
    expect(ring().redact(`a ${one}\n${two} b ${one}"\n+ "${two} c`)).toBe(
      "a [key of anthropic] b [key of anthropic] c",
    );
  });

  it("finds an unknown key that is split over two lines, and no prose", () => {
    expect(scanForKeys(`a\nk = "sk-or-v1-0123456789ab" +\n  "cdef0123456789"`)).toEqual([
      { where: "", line: 2, what: "an OpenRouter key" },
    ]);
    expect(new KeyRing().redact(`x hf_AbCdEf1234\n> GhIjKl567890 y`)).toBe("x [a Hugging Face token] y");
    for (const prose of ["a key starts with sk-ant-api03-\nand goes on", "hf_transfer\nhelps with 12 files"])
      expect(scanForKeys(prose), prose).toEqual([]);
  });

  it("finds unknown keys by their form, and leaves code alone", () => {
    expect(scanForKeys(`const k = "sk-or-v1-${"a".repeat(64)}"`).map(({ what }) => what)).toEqual([
      "an OpenRouter key",
    ]);
    expect(scanForKeys("const task-list = risk-free; sk-proj")).toEqual([]);
  });
});

describe("stored keys", () => {
  it("open with the passphrase and with nothing else, and hold nothing readable", async () => {
    const sealed = await sealKeys(ring(), "correct horse");
    expect(sealed.iterations).toBe(ITERATIONS);
    expect(scanForKeys(JSON.stringify(sealed), ring())).toEqual([]);
    expect(JSON.stringify(sealed)).not.toContain("anthropic");
    expect((await openKeys(JSON.parse(JSON.stringify(sealed)), "correct horse")).get("anthropic")).toBe(KEY);
    await expect(openKeys(sealed, "correct hors")).rejects.toThrow(/wrong passphrase/);
    await expect(openKeys({ ...sealed, iterations: ITERATIONS + 1 }, "correct horse")).rejects.toThrow(
      /wrong passphrase/,
    );
    await expect(openKeys({ ...sealed, iterations: 1000 }, "correct horse")).rejects.toThrow(
      /not in the form/,
    );
    await expect(openKeys(null, "correct horse")).rejects.toThrow(/not in the form/);
  }, 20_000);

  it("are sealed differently every time, and not under a short passphrase", async () => {
    const [a, b] = await Promise.all([sealKeys(ring(), "correct horse"), sealKeys(ring(), "correct horse")]);
    expect([a.salt === b.salt, a.iv === b.iv, a.data === b.data]).toEqual([false, false, false]);
    await expect(sealKeys(ring(), "short")).rejects.toThrow(/too short/);
  }, 20_000);
});
