// The example of an arena of one's own, for tests.
import type { Manifest } from "../contract/manifest.ts";
import { EXAMPLE, EXAMPLE_MANIFEST, EXAMPLE_PARTS } from "../own/example.ts";

export const smallManifest = (changes: Partial<Manifest> = {}): Manifest => ({
  ...EXAMPLE_MANIFEST,
  secondary: [],
  ...changes,
});

export const { instances: INSTANCES, evaluate: EVALUATE } = EXAMPLE_PARTS;
export const OWN_FILES = EXAMPLE;
