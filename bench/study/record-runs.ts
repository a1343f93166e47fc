// `npx tsx bench/study/record-runs.ts book.txt > runs.json`: records the runs in
// src/research/verdict/testing/recorded.ts; with `control` after the text, the results of control-runs.ts. Through
// Vite, because nn's shaders are modules only there.
import { readFileSync } from "node:fs";
import { createServer } from "vite";

const server = await createServer({ server: { middlewareMode: true }, appType: "custom", logLevel: "error" });
const { record } = (await server.ssrLoadModule(
  "/bench/study/recorded-runs.ts",
)) as typeof import("./recorded-runs.ts");
const { heldAgainst } = (await server.ssrLoadModule(
  "/bench/study/control-runs.ts",
)) as typeof import("./control-runs.ts");
const run = process.argv[3] === "control" ? heldAgainst : record;
const found = await run(readFileSync(process.argv[2] ?? ""), (line) => process.stderr.write(`${line}\n`));
process.stdout.write(JSON.stringify(found) + "\n");
await server.close();
