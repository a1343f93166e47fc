import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { offlinePlugin, providersPlugin } from "./scripts/vite-offline.ts";
import { standalonePlugin } from "./scripts/vite-standalone.ts";
import { trainerPlugin } from "./scripts/vite-trainer.ts";
import { typingsPlugin } from "./scripts/vite-typings.ts";

// These have no effect until they are called, so a bundle that needs one function of them gets no grammar and no transpiler.
// The operations of nn register themselves where they are loaded: only its index is left out, behind which they lie.
const treeshake = {
  moduleSideEffects: (id: string) => !/\/src\/((researchers|runner|prepare)\/|nn\/index\.ts)/.test(id),
};

// The build takes seconds, and its timings do not matter to users. pako is loaded when a text needs it, so that the trainer has
// none of it; the lab's worker has it anyway, for git.
const checks = { bundlerTimings: false, ineffectiveDynamicImport: false };

export default defineConfig({
  base: "./",
  plugins: [
    react(),
    trainerPlugin(),
    typingsPlugin(),
    standalonePlugin(),
    providersPlugin(),
    offlinePlugin(),
  ],
  // A checkout whose path Vite cannot read is built through a link (scripts/setup.mjs).
  resolve: { preserveSymlinks: true },
  worker: {
    format: "es",
    plugins: () => [trainerPlugin(), typingsPlugin(), providersPlugin()],
    rolldownOptions: { checks, treeshake },
  },
  build: { target: "esnext", chunkSizeWarningLimit: 4000, rolldownOptions: { checks, treeshake } },
  // Listed here so that the development server does not discover them late and reload the page.
  optimizeDeps: {
    include: ["isomorphic-git", "@isomorphic-git/lightning-fs", "buffer", "pako", "papaparse"],
  },
  // Another port would be another origin, and so an empty lab.
  server: { port: 4600, strictPort: true },
});
