// Command line of headless Chromium for tests, benches and the headless lab.

/** `software`: SwiftShader everywhere, for tests. `hardware`: the machine's own GPU. */
export type AdapterChoice = "software" | "hardware";

const QUIET = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-quic",
];

/** Chromium's command line for WebGPU without a window. */
export function chromiumArguments(adapter: AdapterChoice): string[] {
  const args = ["--enable-unsafe-webgpu", "--enable-features=Vulkan", ...QUIET];
  if (adapter === "software") args.push("--use-webgpu-adapter=swiftshader");
  else args.push("--ignore-gpu-blocklist", "--use-angle=vulkan");
  // Chromium refuses to run its sandbox as root, the usual user in containers and CI.
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  return args;
}
