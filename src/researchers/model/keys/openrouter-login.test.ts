import { describe, expect, it } from "vitest";
import {
  beginLogin,
  challengeOf,
  exchangeCode,
  exchangeRequest,
  loginUrl,
  readCallback,
} from "./openrouter-login.ts";

describe("OpenRouter's login", () => {
  it("makes the challenge of RFC 7636, appendix B", async () => {
    expect(await challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).toBe(
      "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    );
  });

  it("sends the person there with challenge and limit, and never the verifier", async () => {
    const { verifier, url } = await beginLogin({
      callback: "https://lab.example/?a=1",
      limit: 5,
      expiresAt: 1.8e12,
      label: "Overnight",
    });
    expect(verifier).toMatch(/^[\w-]{43}$/);
    expect(url).not.toContain(verifier);
    const { origin, pathname, searchParams } = new URL(url);
    expect(origin + pathname).toBe("https://openrouter.ai/auth");
    expect(Object.fromEntries(searchParams)).toEqual({
      callback_url: "https://lab.example/?a=1",
      code_challenge: await challengeOf(verifier),
      code_challenge_method: "S256",
      limit: "5",
      key_label: "Overnight",
      expires_at: "2027-01-15T08:00:00.000Z",
    });
    expect(() => loginUrl({ callback: "https://x.example", limit: 0 }, "c")).toThrow(/must be positive/);
  });

  it("reads the code from the address and takes it out", () => {
    expect(readCallback("https://lab.example/?a=1&code=xyz#here")).toEqual({
      code: "xyz",
      clean: "https://lab.example/?a=1#here",
    });
    expect(readCallback("https://lab.example/")).toBeNull();
  });

  it("exchanges code and verifier for a key", async () => {
    const { url, init } = exchangeRequest("code", "verifier");
    expect([url, init.method]).toEqual(["https://openrouter.ai/api/v1/auth/keys", "POST"]);
    expect(JSON.parse(init.body as string)).toEqual({
      code: "code",
      code_verifier: "verifier",
      code_challenge_method: "S256",
    });
    const answer =
      (body: unknown, status = 200) =>
      () =>
        Promise.resolve(new Response(JSON.stringify(body), { status }));
    expect(await exchangeCode("code", "verifier", answer({ key: "sk-or-v1-1" }))).toBe("sk-or-v1-1");
    await expect(exchangeCode("code", "verifier", answer({ error: 1 }, 403))).rejects.toThrow(
      /status 403.*log in again/,
    );
    await expect(exchangeCode("c", "v", () => Promise.reject(new TypeError("fetch")))).rejects.toThrow(
      /could not be reached/,
    );
  });
});
