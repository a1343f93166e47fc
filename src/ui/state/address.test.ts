import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressOf, parseAddress } from "./address.ts";

describe("the address of a selection", () => {
  it("names a study, an experiment and the one that it is compared with", () => {
    expect(parseAddress("#nov20/17")).toEqual({ study: "nov20", number: 17, compared: null });
    expect(parseAddress("#nov20/17~12")).toEqual({ study: "nov20", number: 17, compared: 12 });
  });
  it("compares nothing with itself", () => {
    expect(parseAddress("#nov20/17~17")?.compared).toBeNull();
  });
  it("is null for an address that the page did not write", () => {
    for (const hash of [
      "",
      "#",
      "#experiments",
      "#nov20/",
      "#nov20/x",
      "#/17",
      "#nov20/17~",
      "#%E0%A4%A/1",
    ]) {
      expect(parseAddress(hash), hash).toBeNull();
    }
  });
  it("reads back as written for any name of a study", () => {
    const number = fc.nat({ max: 9_999_999 });
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: "grapheme" }),
        number,
        fc.option(number),
        (study, n, compared) => {
          fc.pre(compared !== n);
          const address = { study, number: n, compared };
          expect(parseAddress(addressOf(address))).toEqual(address);
        },
      ),
    );
  });
});
