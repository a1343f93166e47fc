import { describe, expect, it } from "vitest";
import { bpb, bytes, chance, clock, compact, count, delta, duration, plural, shortId } from "./format.ts";

describe("numbers of the notebook", () => {
  it("sets val_bpb with four decimals and a dash for none", () => {
    expect(bpb(1.84216)).toBe("1.8422");
    expect(bpb(null)).toBe("–");
    expect(bpb(NaN)).toBe("–");
  });
  it("signs a difference with a true minus", () => {
    expect(delta(-0.01234)).toBe("−0.0123");
    expect(delta(0.5, 2)).toBe("+0.50");
    expect(delta(-0.00001)).toBe("±0.0000");
    expect(delta(null)).toBe("–");
  });
  it("never calls a probability certain", () => {
    expect([0.5, 0.964, 0.9953, 0.99999, 1, 0.001].map(chance)).toEqual([
      "0.50",
      "0.96",
      "0.995",
      "> 0.999",
      "> 0.999",
      "< 0.01",
    ]);
  });
  it("counts", () => {
    expect(count(1859)).toBe("1,859");
    expect(compact(922_000)).toBe("0.92 M");
    expect(compact(12_345_678)).toBe("12.3 M");
    expect(compact(45_600)).toBe("45.6 k");
    expect(compact(812)).toBe("812");
    expect(compact(0)).toBe("–");
  });
  it("measures bytes in decimal units", () => {
    expect(bytes(0)).toBe("0 B");
    expect(bytes(999)).toBe("999 B");
    expect(bytes(1_048_576)).toBe("1.0 MB");
    expect(bytes(999_960)).toBe("1.0 MB");
    expect(bytes(212_000_000)).toBe("212 MB");
  });
  it("reads a clock", () => {
    expect(clock(0)).toBe("0:00");
    expect(clock(272)).toBe("4:32");
    expect(clock(59.6)).toBe("1:00");
    expect(clock(3729)).toBe("1:02:09");
    expect(clock(-3)).toBe("0:00");
  });
  it("says durations, plurals and commits", () => {
    expect(duration(300)).toBe("5 minutes");
    expect(duration(60)).toBe("1 minute");
    expect(duration(20)).toBe("20 seconds");
    expect(duration(3600)).toBe("1 hour");
    expect(duration(90)).toBe("90 seconds");
    expect(plural(1, "experiment")).toBe("1 experiment");
    expect(plural(0, "experiment")).toBe("0 experiments");
    expect(shortId("0123456789abcdef")).toBe("0123456");
  });
});
