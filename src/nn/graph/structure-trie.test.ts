// Two steps end at the same place of the trie only if they have the same structure.

import { beforeEach, describe, expect, it } from "vitest";
import * as nn from "../api.ts";
import type { Backend, Work } from "./backend.ts";
import { ReferenceBackend } from "../reference/index.ts";
import { Session } from "../engine/session.ts";

/** Stores the place at which each step ended. */
class Watched implements Backend {
  readonly #reference = new ReferenceBackend();
  readonly works: Pick<Work, "place" | "stores">[] = [];
  execute(work: Work) {
    this.works.push({ place: work.place, stores: work.stores });
    return this.#reference.execute(work);
  }
  prepare(): Promise<void> {
    return Promise.resolve();
  }
  forget(): void {
    this.#reference.forget();
  }
}

let lab: Session<Watched>;
beforeEach(() => {
  lab = new Session(new Watched(), 1);
  lab.activate();
});

/** Whether two recordings of a step end at the same place. */
function same(a: () => nn.Tensor, b: () => nn.Tensor): boolean {
  const places = [a, b, a].map((record) => {
    void lab.readLater(record());
    lab.flush();
    return lab.backend.works.pop()?.place;
  });
  expect(places[2], "the first is found again").toBe(places[0]);
  return places[0] === places[1];
}

describe("the place a step ends at", () => {
  it("is the same when only numbers differ", () => {
    const x = nn.parameter([4], nn.ones);
    expect(
      same(
        () => x.mul(2).add(1),
        () => x.mul(5).add(-1),
      ),
    ).toBe(true);
  });
  const different: [string, () => [() => nn.Tensor, () => nn.Tensor]][] = [
    ["shapes of data", () => [() => nn.tensor([1, 2]).add(1), () => nn.tensor([1, 2, 3]).add(1)]],
    [
      "which parameter is read",
      () => {
        const [a, b] = [nn.parameter([2], nn.ones), nn.parameter([2], nn.ones)];
        return [() => a.add(1), () => b.add(1)];
      },
    ],
    [
      "attributes that are lists",
      () => {
        const x = nn.parameter([2, 2, 2], nn.ones);
        return [() => x.permute(0, 2, 1), () => x.permute(2, 1, 0)];
      },
    ],
    [
      "which operand comes first",
      () => {
        const [a, b] = [nn.parameter([2], nn.ones), nn.parameter([2], nn.ones)];
        return [() => nn.stack([a.sub(b)]), () => nn.stack([b.sub(a)])];
      },
    ],
    [
      "a write and a read of the written value",
      () => {
        const s = nn.state([2], nn.ones);
        return [
          () => {
            const y = s.mul(2);
            nn.assign(s, y);
            nn.assign(s, y);
            return y;
          },
          () => {
            const y = s.mul(2);
            nn.assign(s, y);
            return s.add(0);
          },
        ];
      },
    ],
    [
      "whether gradients are wanted",
      () => {
        const x = nn.parameter([2], nn.ones);
        return [() => x.square(), () => nn.noGrad(() => x.square())];
      },
    ],
  ];
  it.each(different)("tells apart %s", (_, make) => {
    const [a, b] = make();
    expect(same(a, b)).toBe(false);
  });

  it("does not change when train.ts writes to an array after it passed it", async () => {
    const sizes = [2, 3];
    const make = () => nn.full(sizes, 1).sum();
    const first = lab.readLater(make());
    lab.flush();
    sizes[0] = 5;
    const second = lab.readLater(make());
    lab.flush();
    expect([(await first)[0], (await second)[0]]).toEqual([6, 15]);
  });

  it("checks shapes again where they are wrong, every time", () => {
    const x = nn.parameter([2, 3], nn.ones);
    for (let i = 0; i < 3; i++) {
      expect(() => x.matmul(x)).toThrow(/matmul: inner sizes differ/);
      void lab.readLater(x.add(1));
      lab.flush();
    }
  });

  it("shares shapes and freezes them", () => {
    const y = nn.parameter([2, 3], nn.ones).add(1);
    expect(() => ((y.shape as number[])[0] = 7)).toThrow(TypeError);
  });
});

describe("a remembered backward", () => {
  const gradient = async (p: nn.Tensor) => {
    const read = p.grad ? lab.readLater(p.grad) : null;
    lab.flush();
    return Array.from((await read) ?? []);
  };

  it("uses the current numbers that the gradient depends on", async () => {
    const w = nn.parameter([2], nn.constant(3));
    for (const [scale, power] of [
      [2, 2],
      [2, 2],
      [5, 2],
      [5, 3],
      [2, 2],
    ] as const) {
      w.pow(power).mul(scale).sum().backward();
      const expected = scale * power * 3 ** (power - 1);
      expect(await gradient(w)).toEqual([expected, expected]);
    }
  });

  it("is not taken from a step without gradients", async () => {
    const w = nn.parameter([2], nn.constant(3));
    const loss = (detached: boolean) => {
      const y = detached ? nn.noGrad(() => w.square()) : w.square();
      return y.mul(w).sum();
    };
    for (const detached of [false, true, false, true]) {
      loss(detached).backward();
      expect(await gradient(w)).toEqual(detached ? [9, 9] : [27, 27]);
    }
  });

  it("adds to existing gradients, those that train.ts assigned included", async () => {
    const w = nn.parameter([2], nn.constant(3));
    const seen: number[][] = [];
    for (let i = 0; i < 4; i++) {
      if (i % 2 === 1) w.grad = nn.full([2], 100);
      w.square().sum().backward();
      w.square().sum().backward();
      seen.push(await gradient(w));
    }
    expect(seen).toEqual([
      [12, 12],
      [112, 112],
      [12, 12],
      [112, 112],
    ]);
  });

  it("runs a kernel's own gradient in every step", async () => {
    let calls = 0;
    const double = nn.kernel({
      name: "double",
      inputs: { x: "f32" },
      wgsl: "fn element(i: u32) -> f32 { return 2.0 * x[i]; }",
      gradient: (g) => ({ x: g.mul(2 + calls++) }),
    });
    const w = nn.parameter([2], nn.ones);
    const seen: number[][] = [];
    for (let i = 0; i < 3; i++) {
      double(w).sum().backward();
      seen.push(await gradient(w));
    }
    expect(seen).toEqual([
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
  });

  it("of a loss recorded in an earlier step records it again", async () => {
    const [w, v] = [nn.parameter([2], nn.constant(3)), nn.parameter([1], nn.ones)];
    const loss = w.square().sum();
    void lab.readLater(v);
    lab.flush();
    void lab.readLater(v.mul(2).add(1));
    loss.backward();
    expect(await gradient(w)).toEqual([6, 6]);
  });
});

it("an operation met on a tensor's node cannot be changed", () => {
  const { op } = nn.parameter([2], nn.ones).add(1).value.node;
  expect(() => {
    (op as { name: string }).name = "sub";
  }).toThrow(TypeError);
  expect(op.name).toBe("add");
});
