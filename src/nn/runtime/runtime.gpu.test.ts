import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { LabError } from "../../error.ts";
import { customKernel } from "../kernels/layers/custom.ts";
import type { BindingKind, Kernel } from "../kernels/kernel.ts";
import { testGpu } from "../kernels/testing/dispatch.ts";
import { Runtime, type Slice } from "./index.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await Runtime.open({ gpu: await testGpu() });
});
afterAll(() => runtime.close());

/** out[i] = a[i] * n.x + n.y over `count` elements. */
function affine(count: number, flops = count): Kernel {
  return {
    label: `affine ${count}`,
    file: "shaders/affine.wgsl",
    wgsl: `@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> b: array<f32>;
@group(0) @binding(2) var<uniform> n: array<vec4<f32>, 1>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) w: vec3<u32>) { b[w.x] = a[w.x] * n[0].x + n[0].y; }`,
    bindings: ["read", "write"],
    numbers: 2,
    grid: [count, 1, 1],
    flops,
    bytes: 8 * count,
  };
}

function kernel(wgsl: string, bindings: BindingKind[], label = "probe"): Kernel {
  return {
    label,
    file: "shaders/probe.wgsl",
    wgsl,
    bindings,
    numbers: 0,
    grid: [1, 1, 1],
    flops: 1,
    bytes: 4,
  };
}

const slice = (buffer: GPUBuffer, offset = 0, size = buffer.size): Slice => ({ buffer, offset, size });
const floats = (bytes: ArrayBuffer | undefined): number[] => [...new Float32Array(bytes!)];

async function caught(action: () => unknown): Promise<LabError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error("expected a LabError");
}

describe("programs", () => {
  test("replay with new numbers, each dispatch reading its own block", async () => {
    const [a, b, c] = ["a", "b", "c"].map((label) => runtime.allocate(16, label));
    runtime.upload(slice(a!), Float32Array.of(1, 2, 3, 4));
    const steps = [
      { kernel: affine(4), slices: [slice(a!), slice(b!)], numbersOffset: 0 },
      { kernel: affine(4), slices: [slice(b!), slice(c!)], numbersOffset: 64 },
    ];
    await runtime.compile(steps);
    const program = runtime.program(steps, 128);
    const pipelines = runtime.pipelineCount;
    const numbers = new Float32Array(128);
    numbers.set([10, 1], 0);
    numbers.set([2, 5], 64);
    runtime.run(program, numbers);
    const first = runtime.read([slice(c!, 0, 16)]);
    numbers[64] = -1;
    runtime.run(program, numbers);
    const second = runtime.read([slice(c!, 4, 8)]);
    expect(floats((await first)[0])).toEqual([27, 47, 67, 87]);
    expect(floats((await second)[0])).toEqual([-16, -26]);
    expect(runtime.pipelineCount).toBe(pipelines);
    await runtime.settled(0);
    program.destroy();
    for (const buffer of [a!, b!, c!]) runtime.free(buffer);
  });

  test("bind slices of one arena for reading and writing at once", async () => {
    const arena = runtime.allocate(512, "arena");
    runtime.upload(slice(arena), Float32Array.of(1, 2));
    const steps = [
      { kernel: affine(2), slices: [slice(arena, 0, 8), slice(arena, 256, 8)], numbersOffset: 0 },
    ];
    await runtime.compile(steps);
    const program = runtime.program(steps, 64);
    const numbers = new Float32Array(64);
    numbers.set([3, 1]);
    runtime.run(program, numbers);
    expect(floats((await runtime.read([slice(arena, 256, 8)]))[0])).toEqual([4, 7]);
    const overlap = [
      { kernel: affine(2), slices: [slice(arena, 0, 8), slice(arena, 0, 8)], numbersOffset: 0 },
    ];
    expect(() => runtime.program(overlap, 64)).toThrow(/overlap/);
    runtime.free(arena);
  });

  test("are cut into short submissions with the same result", async () => {
    const [a, b] = ["a", "b"].map((label) => runtime.allocate(16, label));
    const there = { kernel: affine(1, 1e12), slices: [slice(a!), slice(b!)], numbersOffset: 0 };
    const back = { kernel: affine(1, 1e12), slices: [slice(b!), slice(a!)], numbersOffset: 0 };
    const program = runtime.program([there, back, there, back], 64);
    expect(program.submissions).toBe(4);
    const numbers = new Float32Array(64);
    numbers.set([2, 1]);
    runtime.run(program, numbers);
    expect(floats((await runtime.read([slice(a!, 0, 4)]))[0])).toEqual([15]);
    for (let i = 0; i < 30; i++) {
      runtime.run(program, numbers);
      await runtime.settled(0);
    }
    expect(program.submissions).toBe(1); // measured: four dispatches of one thread
    const times = await runtime.profile(program);
    expect(times.map((time) => time.label)).toEqual(Array(4).fill("affine 1"));
    expect(times.every((time) => time.ms >= 0 && time.ms < 1000)).toBe(true);
  });
});

describe("errors", () => {
  test("a shader that does not compile names file, line and message", async () => {
    const broken = kernel("@compute @workgroup_size(1)\nfn main() {\n  let x: f32 = nonsense;\n}", []);
    const error = await caught(() => runtime.compile([affine(3), broken]));
    expect(error.code).toBe("wgsl");
    expect(error.message).toMatch(/^shaders\/probe\.wgsl:3: .*nonsense/);
    expect(error.message).not.toContain("\n");
  });

  test("a shader compiled on the spot reports at the next call, and the runtime goes on", async () => {
    const buffer = runtime.allocate(4, "b");
    const broken = kernel(
      "@group(0) @binding(0) var<storage, read_write> b: array<f32>;\n@compute @workgroup_size(1)\nfn main() { b[0] = true; }",
      ["write"],
    );
    runtime.program([{ kernel: broken, slices: [slice(buffer)], numbersOffset: 0 }], 0);
    await runtime.device.queue.onSubmittedWorkDone();
    const error = await caught(async () => {
      for (let i = 0; i < 50; i++) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        await runtime.settled(0);
      }
    });
    expect(error.code).toBe("wgsl");
    expect(error.message).toContain("shaders/probe.wgsl:3");
    await runtime.settled(0);
    runtime.free(buffer);
  });

  test("too much memory, too many workgroups", async () => {
    expect((await caught(() => runtime.allocate(2 ** 50, "the arena"))).code).toBe("memory");
    const buffer = runtime.allocate(8, "b");
    const wide = { ...affine(1), grid: [1e6, 1, 1] as const, bindings: ["readwrite" as const], numbers: 0 };
    const steps = [{ kernel: wide, slices: [slice(buffer)], numbersOffset: 0 }];
    expect((await caught(() => runtime.program(steps, 0))).code).toBe("limit");
    runtime.free(buffer);
  });

  test("a refused command is thrown by the next call, once", async () => {
    const small = runtime.device.createBuffer({ size: 4, usage: GPUBufferUsage.COPY_DST });
    runtime.device.queue.writeBuffer(small, 0, new Uint8Array(64));
    await runtime.device.queue.onSubmittedWorkDone();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await caught(() => runtime.settled(0))).code).toBe("device");
    await runtime.settled(0);
  });

  test("a researcher's text may not write its inputs, not even where they are bound writable", async () => {
    const text = (body: string): Kernel =>
      customKernel(runtime.capabilities, {
        name: "greedy",
        wgsl: `fn element(i: u32) -> f32 {\n${body}\n}`,
        inputs: [{ name: "x", dtype: "f32", shape: [64] }],
        output: { dtype: "f32", shape: [64] },
        workgroup: 0,
        groups: 0,
        loops: 0,
      });
    const arena = runtime.allocate(512, "arena");
    const slices = [slice(arena, 0, 256), slice(arena, 256, 256)];
    const greedy = text("x[i] = 1.0; return x[i];");
    const dispatch = { kernel: greedy, slices, numbersOffset: 0 };
    const count = runtime.pipelineCount;
    for (let i = 0; i < 2; i++) {
      const error = await caught(() => runtime.compile([dispatch]));
      expect(error.code).toBe("wgsl");
      expect(error.message).toMatch(/nn\.kernel greedy:2/);
    }
    runtime.program([dispatch], 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await caught(() => runtime.settled(0))).code, "also when it is compiled in passing").toBe("wgsl");
    // A kernel that does not write its input is compiled twice, and both pipelines are kept.
    await runtime.compile([{ ...dispatch, kernel: text("return x[i];") }]);
    expect(runtime.pipelineCount - count).toBe(3);
    runtime.free(arena);
  });

  test("a pipeline that turned out to be faulty is not kept", async () => {
    const bad = kernel("@compute @workgroup_size(1) fn main() { nothing(); }", []);
    const count = runtime.pipelineCount;
    for (let i = 1; i <= 2; i++) {
      const faults = runtime.faults;
      runtime.program([{ kernel: bad, slices: [], numbersOffset: 0 }], 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect((await caught(() => runtime.settled(0))).code).toBe("wgsl");
      expect(runtime.faults - faults).toBe(1);
      expect(runtime.pipelineCount).toBe(count);
    }
    // Compiling it again must fail as well.
    expect((await caught(() => runtime.compile([bad]))).code).toBe("wgsl");
  });

  test("`lost` and every later call report a lost device", async () => {
    const doomed = await Runtime.open({ gpu: await testGpu(), preferFeatures: [] });
    doomed.allocate(16, "b");
    doomed.close();
    expect(await doomed.lost).toMatch(/GPU device lost: closed/);
    expect((await caught(() => doomed.settled(0))).code).toBe("device");
  });

  test("no WebGPU at all", async () => {
    expect((await caught(() => Runtime.open({}))).message).toMatch(/no WebGPU/);
  });
});

test("readback reuses staging and copies ragged sizes", async () => {
  const buffer = runtime.allocate(64, "b");
  runtime.upload(slice(buffer), Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
  for (let i = 0; i < 3; i++) {
    const [head, tail, none] = await runtime.read([
      slice(buffer, 0, 5),
      slice(buffer, 4, 3),
      slice(buffer, 0, 0),
    ]);
    expect([...new Uint8Array(head!)]).toEqual([1, 2, 3, 4, 5]);
    expect([...new Uint8Array(tail!)]).toEqual([5, 6, 7]);
    expect(none!.byteLength).toBe(0);
  }
  const before = runtime.allocatedBytes;
  runtime.free(buffer);
  expect(runtime.allocatedBytes).toBe(before - 256);
});

test("one beside another leaves neither memory nor listeners on their device", async () => {
  const { device } = runtime;
  const alive = new Set<GPUBuffer>();
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      alive.delete(buffer);
      return destroy();
    };
    alive.add(buffer);
    return buffer;
  };
  const [heard, unheard] = [vi.spyOn(device, "addEventListener"), vi.spyOn(device, "removeEventListener")];
  const source = runtime.allocate(256, "source");
  const beside = runtime.beside();
  await beside.read([slice(source, 0, 8)]);
  beside.leave();
  runtime.free(source);
  device.createBuffer = create;
  expect(alive.size).toBe(0);
  expect(heard.mock.calls).toHaveLength(1);
  expect(unheard.mock.calls).toEqual(heard.mock.calls);
});
