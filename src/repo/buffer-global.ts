// isomorphic-git reads the global `Buffer` while its module is evaluated, so this import must come before it.

import { Buffer } from "buffer";

if (!("Buffer" in globalThis)) Object.assign(globalThis, { Buffer });
