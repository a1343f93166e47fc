// The code that a fresh realm loads before a candidate: bundled as one script, which may import nothing.
export { seal } from "./seal.ts";
export { serve } from "./serve.ts";
