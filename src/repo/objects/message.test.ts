import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanIdentity, composeMessage, parseMessage } from "./message.ts";

describe("commit messages", () => {
  test("subject, body and trailers stand apart", () => {
    const message = composeMessage("Widen the MLP", "Because it is narrow.\n\nAnd cheap.", [
      ["Val-Bpb", "1.2345"],
      ["Status", "keep"],
    ]);
    expect(message).toBe(
      "Widen the MLP\n\nBecause it is narrow.\n\nAnd cheap.\n\nVal-Bpb: 1.2345\nStatus: keep\n",
    );
    expect(parseMessage(message)).toEqual({
      subject: "Widen the MLP",
      body: "Because it is narrow.\n\nAnd cheap.",
      trailers: [
        ["Val-Bpb", "1.2345"],
        ["Status", "keep"],
      ],
    });
  });

  test("a long hypothesis is cut at a word and kept whole in the body", () => {
    const hypothesis = "word ".repeat(30).trim();
    const { subject, body } = parseMessage(composeMessage(hypothesis, "", [["Status", "keep"]]));
    expect([...subject].length).toBeLessThanOrEqual(72);
    expect(subject).toMatch(/^(word )+word…$/);
    expect(body).toBe(hypothesis);
  });

  test("for any text of a researcher, the subject is one short clean line and the trailers are the lab's", () => {
    const anything = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom("\n", "\r", "a: b", " ", "\u0000", "\ud800", "\u001b") }),
    );
    fc.assert(
      fc.property(anything, anything, (subject, body) => {
        const message = composeMessage(subject, body, [["Status", "discard"]]);
        const parsed = parseMessage(message);
        expect(parsed.trailers).toEqual([["Status", "discard"]]);
        expect([...parsed.subject].length).toBeLessThanOrEqual(72);
        expect(parsed.subject).not.toBe("");
        expect(message).not.toMatch(/(?![\t\n])\p{Cc}|\p{Surrogate}/u);
      }),
    );
  }, 30_000);

  test("every control character becomes a space, but tabs of the body stay", () => {
    for (let code = 0; code < 0x100; code++) {
      const character = String.fromCodePoint(code);
      const control = code < 0x20 || (code >= 0x7f && code < 0xa0);
      const white = /\s/.test(character);
      const line = /[\r\n]/.test(character);
      const { subject, body } = parseMessage(composeMessage(`a${character}b`, `(a${character}b)`, []));
      expect(subject, String(code)).toBe(control || white ? "a b" : `a${character}b`);
      expect(body, String(code)).toBe(`(a${line ? "\n" : control && code !== 9 ? " " : character}b)`);
    }
  });

  test("marks that reorder text are removed from messages and names", () => {
    for (const mark of "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") {
      const message = composeMessage(`a${mark}b`, `c${mark}d`, [["Lesson", `e${mark}f`]]);
      expect(message).toBe("ab\n\ncd\n\nLesson: ef\n");
      expect(cleanIdentity({ name: `g${mark}h`, email: "a@b" }).name).toBe("gh");
    }
  });

  test("a subject of 64 KB is cut in its line and whole in the body", () => {
    const words = `${"lower the rate ".repeat(4369)}end`;
    const message = composeMessage(words, "", []);
    expect([...parseMessage(message).subject].length).toBeLessThanOrEqual(72);
    expect(message).toContain(words);
  });

  test("a trailer cannot inject another one", () => {
    expect(composeMessage("s", "", [["Lesson", "none\nStatus: keep"]])).toBe(
      "s\n\nLesson: none Status: keep\n",
    );
    expect(() => composeMessage("s", "", [["Status: keep\nX", "y"]])).toThrow(/not a trailer/);
  });

  test("an identity cannot break the header", () => {
    expect(cleanIdentity({ name: " A <b>\nC. ", email: "a b@<x>" })).toEqual({
      name: "A b C",
      email: "ab@x",
    });
    expect(() => cleanIdentity({ name: "<>", email: "" })).toThrow(/no name/);
  });
});
