import { describe, expect, it } from "vitest";
import { states } from "../fixtures/states.ts";
import { LIGHT } from "../drawing/palette.ts";
import { differences, shareCard } from "./share-card.ts";

describe("the share card", () => {
  const { night, empty } = states(1_700_000_000_000);
  it("shows the best score, the changes that made the difference, and the machine", () => {
    const lab = night?.state;
    if (lab === undefined) throw new RangeError("no night");
    const card = shareCard(lab, LIGHT) ?? "";
    expect(card).toContain(`>${lab.study?.bestBpb?.toFixed(4) ?? ""}<`);
    expect(card).toContain("What made the difference");
    expect(card).toContain("Made-up Laptop GPU");
    for (const { gain } of differences(lab.experiments)) expect(card).toContain(`+${gain.toFixed(4)}`);
    expect(card).toMatch(/width="1200" height="630"/);
    expect(card).not.toContain("NaN");
  });
  it("lists the largest gains first, and no more than there is room for", () => {
    const gains = differences(night?.state.experiments ?? [], 3).map(({ gain }) => gain);
    expect(gains).toHaveLength(3);
    expect(gains).toEqual([...gains].sort((a, b) => b - a));
  });
  it("does not exist before there is a score", () => {
    expect(empty === undefined ? null : shareCard(empty.state, LIGHT)).toBeNull();
  });
});
