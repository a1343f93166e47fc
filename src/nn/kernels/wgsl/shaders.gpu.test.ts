// Every file of shaders/ is plain WGSL that compiles by itself, so that any WGSL tool can read it. Every file also
// compiles when specialised with its default constants.
import { expect, test } from "vitest";
import { specialise } from "./specialise.ts";
import { openTestDevice } from "../testing/dispatch.ts";

const files = import.meta.glob<string>("../../../../shaders/*.wgsl", {
  query: "?raw",
  import: "default",
  eager: true,
});
const names = Object.keys(files).map((path) => path.replace("../../../../", ""));

// These compile only when specialised: `subgroupBroadcast` needs a constant lane, which requires unrolled loops, and
// cross_entropy has a barrier in a branch that is uniform only after its constant is folded.
const ONLY_SPECIALISED = /subgroupBroadcast\(|cross_entropy|\/\/ @(if|include) /;
const [item, ...lanes] = ["item", "lanes_one", "lanes_subgroup", "lanes_workgroup"].map(
  (name) => files[`../../../../shaders/${name}.wgsl`],
);

test.each(names)("%s", async (name) => {
  const text = files[`../../../../${name}`] ?? "";
  expect(text).toMatch(/^\/\/ /); // opens with its purpose
  const { device } = await openTestDevice();
  const enabled = /^enable (\w+);/m.exec(text)?.[1];
  const feature = enabled === "f16" ? "shader-f16" : enabled;
  // A file that needs a missing feature is compiled only on adapters that have it.
  if (feature !== undefined && !device.features.has(feature)) return;
  const shared = text.includes("// @include lanes") ? lanes : [""];
  const ready = shared
    .filter((lanes) => device.features.has("subgroups") || !lanes.includes("enable subgroups"))
    .map((lanes) => specialise(name, text, { includes: { lanes, item } }));
  const plain = ONLY_SPECIALISED.test(name + text) ? [] : [text];
  for (const code of [...plain, ...ready]) {
    device.pushErrorScope("validation");
    const { messages } = await device.createShaderModule({ code, label: name }).getCompilationInfo();
    const error = await device.popErrorScope();
    const faults = messages.filter((message) => message.type === "error");
    expect(faults.map((fault) => `${name}:${fault.lineNum}: ${fault.message}`)).toEqual([]);
    expect(error).toBeNull();
  }
});
