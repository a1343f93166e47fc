import { expect, it } from "vitest";
import { Persistents } from "./persistents.ts";

const make = (persistents: Persistents, ...shape: number[]) => persistents.make(shape, "f32", null, true, 7);

it("lie alone until they are grouped, then in order; a new group makes plans stale", () => {
  const persistents = new Persistents();
  const [a, b, c] = [make(persistents, 64), make(persistents, 2, 64), make(persistents, 64)];
  expect([a, b, c].map(({ group, slot }) => [group.members.length, slot])).toEqual([
    [1, 0],
    [1, 0],
    [1, 0],
  ]);
  expect(persistents.layout).toBe(0);
  const group = persistents.group([b, a]);
  expect([b.group, a.group, b.slot, a.slot]).toEqual([group, group, 0, 1]);
  expect(group).toMatchObject({ offsets: [0, 128], total: 192 });
  expect(c.group).not.toBe(group);
  expect(persistents.layout).toBe(1);
  expect(a.line).toBe(7);
});

it("are refused where the device cannot hold another beside them, until they are destroyed", () => {
  const persistents = new Persistents();
  persistents.mostBytes = 2 ** 20;
  const old = make(persistents, 2 ** 17);
  const room = () => {
    persistents.needRoom("state", [2 ** 17 + 1]);
  };
  expect(room).toThrow(
    /^state: does not fit on this device, got \[131073\] of .* beside 0\.50 MiB of others, expected at most 1\.00 MiB/,
  );
  persistents.needRoom("state", [2 ** 17]);
  persistents.destroy();
  expect(old.dead).toBe(true);
  expect(room).not.toThrow();
});
