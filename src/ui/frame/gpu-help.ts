// Advice for browsers without WebGPU, the reader's own browser first. Versions as of November 2026.

interface BrowserHelp {
  readonly browser: "Chrome or Edge" | "Firefox" | "Safari";
  readonly steps: readonly string[];
}

const HELP: readonly BrowserHelp[] = [
  {
    browser: "Chrome or Edge",
    steps: [
      "Version 113 or newer on Windows, macOS and ChromeOS; 121 or newer on Android.",
      "Settings, System: “Use graphics acceleration when available” must be on.",
      "On Linux open chrome://flags, enable “Unsafe WebGPU Support” and “Vulkan”, and restart the browser.",
      "chrome://gpu shows the reason under “WebGPU”.",
    ],
  },
  {
    browser: "Firefox",
    steps: [
      "Version 141 or newer on Windows, 145 or newer on macOS with Apple silicon.",
      "Elsewhere: about:config, set dom.webgpu.enabled to true, and restart; or use Firefox Nightly.",
    ],
  },
  {
    browser: "Safari",
    steps: [
      "Version 26 or newer, on macOS 26, iOS 26 or iPadOS 26.",
      "Before that: Settings, Feature Flags, WebGPU.",
    ],
  },
];

/** All advice, with the browser of this user agent first. */
export function gpuHelp(userAgent: string): readonly BrowserHelp[] {
  const mine = /Firefox\//.test(userAgent)
    ? "Firefox"
    : /Chrom(e|ium)\//.test(userAgent)
      ? "Chrome or Edge"
      : /Safari\//.test(userAgent)
        ? "Safari"
        : null;
  return [...HELP].sort((a, b) => Number(b.browser === mine) - Number(a.browser === mine));
}

export type GpuProblem = "none" | "insecure" | "missing" | "no-adapter";

/** Why there is no GPU, from the browser's features and the lab's error. */
export function gpuProblem(around: {
  readonly webgpu: boolean;
  readonly secure: boolean;
  readonly failed: boolean;
  readonly hasDevice: boolean;
  readonly error: string;
}): GpuProblem {
  if (!around.webgpu) return around.secure ? "missing" : "insecure";
  const about = /webgpu|adapter|\bgpu\b/i.test(around.error);
  return around.failed && !around.hasDevice && about ? "no-adapter" : "none";
}
