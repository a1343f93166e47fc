import { describe, expect, it } from "vitest";
import { gpuHelp, gpuProblem } from "./gpu-help.ts";

describe("help for a browser without WebGPU", () => {
  it("puts the reader's browser first", () => {
    const first = (agent: string) => gpuHelp(agent)[0]?.browser;
    expect(first("Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 Chrome/156.0 Safari/537.36")).toBe(
      "Chrome or Edge",
    );
    expect(first("Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe("Firefox");
    expect(first("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15")).toBe("Safari");
    expect(gpuHelp("?")).toHaveLength(3);
  });
  it("names the obstacle", () => {
    const fine = { webgpu: true, secure: true, failed: false, hasDevice: true, error: "" };
    expect(gpuProblem(fine)).toBe("none");
    expect(gpuProblem({ ...fine, webgpu: false })).toBe("missing");
    expect(gpuProblem({ ...fine, webgpu: false, secure: false })).toBe("insecure");
    const failed = { ...fine, failed: true, hasDevice: false };
    expect(gpuProblem({ ...failed, error: "no WebGPU adapter" })).toBe("no-adapter");
    expect(gpuProblem({ ...failed, error: "the store failed" })).toBe("none");
  });
});
