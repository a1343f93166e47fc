// The entry of the engine: a worker of the page's origin, for the life of the page.
import { openComputeEngine } from "./engine.ts";
import { EngineHost } from "./host.ts";

const { hear } = new EngineHost(() => openComputeEngine()).connect((message) => postMessage(message));
addEventListener("message", ({ data }: MessageEvent<unknown>) => hear(data));
