// `npx tsx bench/study/carried.ts book.txt …`: the share of held-out text in honest sources and in unrelated text of
// the same kind, and the cost of the index; for the embedded corpus and each given text. Through Vite, because nn's
// shaders are modules only there.
import { readFileSync } from "node:fs";
import { createServer } from "vite";

const server = await createServer({ server: { middlewareMode: true }, appType: "custom", logLevel: "error" });
const { embeddedTexts, importedTexts, figures } = (await server.ssrLoadModule(
  "/bench/study/carried-figures.ts",
)) as typeof import("./carried-figures.ts");
console.log(JSON.stringify({ text: "embedded", ...figures(embeddedTexts()) }));
for (const file of process.argv.slice(2)) {
  const texts = await importedTexts(new Blob([readFileSync(file)]), file);
  console.log(JSON.stringify({ text: file, ...figures(texts) }));
}
await server.close();
