// Opens a device with the highest limits of the adapter. The default limits of WebGPU (bindings of 128 MiB, 8 storage
// buffers) are far below those of every adapter, and higher ones must be requested one by one.

import { LabError, messageOf } from "../../error.ts";
import type { Capabilities } from "../kernels/kernel.ts";

/** Optional features; each is requested only if the adapter offers it. */
export const WANTED_FEATURES = ["subgroups", "shader-f16", "timestamp-query"] as const;
export type WantedFeature = (typeof WANTED_FEATURES)[number];

const WANTED_LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxUniformBufferBindingSize",
  "maxBindingsPerBindGroup",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
] as const;

/** Identity of the adapter, for the page, the trailers of a commit, and the key of a stored tuning. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** True for adapters that run on the CPU: SwiftShader, lavapipe, WARP. */
  readonly software: boolean;
}

/** The limits for plans, checked before anything is allocated. In bytes, except the last three. */
export interface DeviceLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBinding: number;
  readonly maxUniformBinding: number;
  readonly maxStorageBuffers: number;
  readonly maxWorkgroups: number;
  readonly maxInvocations: number;
}

export interface OpenDevice {
  readonly device: GPUDevice;
  readonly info: AdapterInfo;
  readonly capabilities: Capabilities;
  readonly limits: DeviceLimits;
  /** Resolves with one line when the device is lost or closed; `lostReason` is that line, null before. */
  readonly lost: Promise<string>;
  readonly lostReason: () => string | null;
}

/**
 * Requests the fastest adapter and a device with its best limits.
 * `features` restricts the requested features (tests without subgroups leave them out).
 * Throws LabError "device" if there is no WebGPU or no adapter.
 */
export async function openDevice(
  gpu: GPU | undefined,
  features: readonly WantedFeature[] = WANTED_FEATURES,
): Promise<OpenDevice> {
  if (gpu === undefined)
    throw new LabError("device", {
      what: "this browser has no WebGPU",
      hint: "use a current Chrome, Edge, Safari or Firefox, or enable WebGPU in its settings",
    });
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null)
    throw new LabError("device", {
      what: "WebGPU found no adapter",
      hint: "restart the browser; on Linux check that Vulkan works, on a server use --use-webgpu-adapter=swiftshader",
    });
  const requiredLimits: Record<string, number> = {};
  for (const limit of WANTED_LIMITS) requiredLimits[limit] = adapter.limits[limit];
  const request = adapter.requestDevice({
    label: "overnight",
    requiredFeatures: features.filter((feature) => adapter.features.has(feature)),
    requiredLimits,
  });
  const device = await request.catch((cause: unknown) => {
    throw new LabError("device", {
      what: "the GPU adapter gave no device",
      got: messageOf(cause),
      hint: "reload the page; after repeated GPU crashes restart the browser",
      cause,
    });
  });
  return describeDevice(device, adapter.info);
}

/** Describes a device that is already open. `info` is needed if `device.adapterInfo` is missing. */
export function describeDevice(device: GPUDevice, info: GPUAdapterInfo | undefined): OpenDevice {
  const adapterInfo: GPUAdapterInfo | undefined = info ?? device.adapterInfo;
  const limits = device.limits;
  const identity: AdapterInfo = {
    vendor: adapterInfo?.vendor ?? "",
    architecture: adapterInfo?.architecture ?? "",
    device: adapterInfo?.device ?? "",
    description: adapterInfo?.description ?? "",
    software: isSoftware(adapterInfo),
  };
  let lostReason: string | null = null;
  const lost = device.lost.then(({ reason, message }) => {
    const why = reason === "destroyed" ? "closed" : message.split("\n")[0] || "unknown reason";
    return (lostReason = `GPU device lost: ${why}`);
  });
  return {
    device,
    lost,
    lostReason: () => lostReason,
    info: identity,
    capabilities: {
      subgroup: device.features.has("subgroups") ? fixedSubgroupSize(adapterInfo) : 0,
      f16: device.features.has("shader-f16"),
      software: identity.software,
      maxInvocations: limits.maxComputeInvocationsPerWorkgroup,
      maxWorkgroupStorage: limits.maxComputeWorkgroupStorageSize,
      maxStorageBinding: limits.maxStorageBufferBindingSize,
      maxStorageBuffers: limits.maxStorageBuffersPerShaderStage,
      maxWorkgroups: limits.maxComputeWorkgroupsPerDimension,
    },
    limits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBinding: limits.maxStorageBufferBindingSize,
      maxUniformBinding: limits.maxUniformBufferBindingSize,
      maxStorageBuffers: limits.maxStorageBuffersPerShaderStage,
      maxWorkgroups: limits.maxComputeWorkgroupsPerDimension,
      maxInvocations: limits.maxComputeInvocationsPerWorkgroup,
    },
  };
}

// An adapter may pick any size between the two for each pipeline (Intel: 8 to 32), so only equal bounds give a size.
function fixedSubgroupSize(info: GPUAdapterInfo | undefined): number {
  const smallest = info?.subgroupMinSize ?? 0;
  return smallest === (info?.subgroupMaxSize ?? -1) ? smallest : 0;
}

function isSoftware(info: GPUAdapterInfo | undefined): boolean {
  if (info === undefined) return false;
  const text = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render|warp/i.test(text);
}
