import { describe, expect, it } from "vitest";
import { searchSpace } from "../source/space.ts";
import { surrogate } from "./surrogate.ts";

const space = searchSpace("const X = 0.5; // (0..1)\nconst WAY = 1; // (1|2|4)\nuse(X, WAY);\n");
const GRID = Array.from({ length: 101 }, (_, i) => i / 100);

/** The X on a grid at which a run is worth most, for this WAY. */
function favourite(worth: ReturnType<typeof surrogate>["improvement"], WAY: number): number {
  const found = GRID.map((X) => ({ X, worth: worth({ X, WAY }) }));
  return found.reduce((a, b) => (b.worth > a.worth ? b : a)).X;
}

describe("the surrogate", () => {
  const bowl = (X: number, WAY = 1, skeleton = "a") => {
    return { values: { X, WAY }, skeleton, valBpb: 2 + (X - 0.3) ** 2 + (WAY === 1 ? 0 : 0.5) };
  };
  const seen = [0, 0.15, 0.5, 0.75, 1].map((X) => bowl(X));
  const incumbent = { values: { X: 0.15, WAY: 1 }, skeleton: "a" };

  it("sends the next run to the bottom of a bowl that nobody has measured", () => {
    const where = favourite(surrogate(space, seen, incumbent).improvement, 1);
    expect(Math.abs(where - 0.3)).toBeLessThan(0.06);
  });

  it("expects less of a choice that lost than of one that nobody took", () => {
    const lost = [0.2, 0.5, 0.8].map((X) => bowl(X, 2));
    const worth = surrogate(space, [...seen, ...lost], incumbent).improvement;
    expect(worth({ X: 0.3, WAY: 2 })).toBeLessThan(worth({ X: 0.3, WAY: 4 }));
    expect(worth({ X: 0.3, WAY: 2 })).toBeLessThan(worth({ X: 0.3, WAY: 1 }));
  });

  it("says by how much the score will change, in bits per byte", () => {
    const { change } = surrogate(space, seen, incumbent);
    expect(change(incumbent.values)).toBe(0);
    for (const X of [0, 0.5, 0.75, 1])
      expect(Math.abs(change({ X, WAY: 1 }) - (bowl(X).valBpb - bowl(0.15).valBpb))).toBeLessThan(0.02);
  });

  it("learns the numbers of one program from another's", () => {
    const elsewhere = [0.05, 0.2, 0.35, 0.6, 0.9].map((X) => ({
      ...bowl(X, 1, "b"),
      valBpb: bowl(X).valBpb + 0.1,
    }));
    const here = { values: { X: 0.9, WAY: 1 }, skeleton: "a" };
    const where = favourite(surrogate(space, [...elsewhere, bowl(0.9), bowl(0.7)], here).improvement, 1);
    expect(Math.abs(where - 0.3)).toBeLessThan(0.15);
  });

  it("stays finite on equal scores, repeated points and one that is far worse than all others", () => {
    const flat = seen.map((one) => ({ ...one, valBpb: 2 }));
    const twice = [...seen, ...seen, { ...bowl(0.6), valBpb: 1e6 }];
    for (const observations of [flat, twice, seen.slice(0, 1)]) {
      const { improvement: worth, change } = surrogate(space, observations, incumbent);
      for (const X of GRID) {
        expect(worth({ X, WAY: 1 })).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(worth({ X, WAY: 1 }))).toBe(true);
        expect(Number.isFinite(change({ X, WAY: 1 }))).toBe(true);
      }
    }
  });
});
