// What is loaded into a fresh realm before a candidate is: bundled as one script, which may import nothing.
export { seal } from "./seal.ts";
export { serve } from "./serve.ts";
