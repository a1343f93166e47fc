// WebGPU in Node, for tests, benches and machines without a browser: Dawn (npm package `webgpu`) on a real GPU if there
// is one, else on the SwiftShader that every Chromium includes. The page never imports this file.

import { existsSync, readdirSync, realpathSync } from "node:fs";
import { constants, homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LabError } from "../../error.ts";

const ICD = "vk_swiftshader_icd.json";

// Keeps every `GPU` alive: garbage collection of one destroys its devices and crashes the process at exit.
const alive: unknown[] = [];

/**
 * A `navigator.gpu` for Node. `OVERNIGHT_GPU=software` skips the real GPU; a driver in VK_ICD_FILENAMES is
 * used without a search. Throws LabError "device" if neither a GPU nor a Chromium is found.
 */
export async function nodeGpu(): Promise<GPU> {
  process.env["XDG_RUNTIME_DIR"] ??= tmpdir(); // else the Vulkan loader prints warnings to stderr
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  const attempt = async (): Promise<GPU | null> => {
    const gpu = create([]);
    alive.push(gpu);
    return (await gpu.requestAdapter()) === null ? null : gpu;
  };
  const software = process.env["OVERNIGHT_GPU"] === "software";
  if (process.env["VK_ICD_FILENAMES"] !== undefined || !software) {
    const gpu = await attempt();
    if (gpu !== null) return gpu;
  }
  const folder = chromiumFolder();
  if (process.platform === "linux" && folder !== null) {
    preload(join(folder, "libvulkan.so.1"));
    process.env["VK_ICD_FILENAMES"] = join(folder, ICD);
    const gpu = await attempt();
    if (gpu !== null) return gpu;
  }
  throw new LabError("device", {
    what: "no WebGPU adapter in Node",
    got: folder === null ? "no GPU driver and no Chromium" : `no adapter, with ${join(folder, ICD)}`,
    hint: "install Chromium (npx playwright install chromium) or set CHROMIUM to its executable",
  });
}

/** The folder of a Chromium with SwiftShader: $CHROMIUM, Playwright's newest, then the usual places. */
function chromiumFolder(): string | null {
  const chosen = process.env["CHROMIUM"];
  const folders: string[] = [];
  if (chosen !== undefined && existsSync(chosen)) folders.push(dirname(realpathSync(chosen)));
  const browsers =
    process.env["PLAYWRIGHT_BROWSERS_PATH"] ??
    (process.platform === "darwin"
      ? join(homedir(), "Library/Caches/ms-playwright")
      : join(homedir(), ".cache/ms-playwright"));
  for (const browser of subfolders(browsers).filter((name) => /\/chromium/.test(name)))
    folders.push(...subfolders(browser));
  folders.push("/usr/lib/chromium", "/usr/lib/chromium-browser", "/usr/lib64/chromium-browser");
  folders.push("/opt/google/chrome", "/opt/chromium.org/chromium");
  return folders.find((folder) => existsSync(join(folder, ICD))) ?? null;
}

function subfolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names
    .map((entry) => join(folder, entry.name))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
}

// Dawn opens libvulkan.so.1 by its bare name. LD_LIBRARY_PATH is read only when a process starts, but the loader finds
// a library that is already mapped under that name. So this function maps Chromium's, with RTLD_NODELETE, because Node
// unmaps a library that is not an addon.
function preload(library: string): void {
  if (!existsSync(library)) return;
  const RTLD_NODELETE = 0x1000;
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes("did not self-register")) throw error;
  }
}
