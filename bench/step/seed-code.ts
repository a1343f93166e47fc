// The seed of a software adapter as JavaScript without its imports, as the benchmarks run it.
import { transform } from "sucrase";
import type { openBenchPage } from "../shared/chromium.ts";

type BenchPage = Awaited<ReturnType<typeof openBenchPage>>;

export async function seedCode(page: BenchPage): Promise<string> {
  const source = (await page.call("/bench/step/compile-page.ts", "seedSource")) as string;
  return transform(source, { transforms: ["typescript"] }).code.replace(/^import .*$/gm, "");
}
