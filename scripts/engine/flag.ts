// The flag `--engine` of the headless lab and of verify.
import { LabError } from "../../src/error.ts";
import { readEngine } from "../../src/research/contract/engine-setting.ts";
import { sentence } from "../../src/research/contract/schema.ts";

/**
 * The setting that the page stores; empty: the browser. The token comes from the environment, because every process of the
 * machine can see flags. Throws a one-line Error.
 */
export function engineFlag(
  given: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (given === undefined || given === "browser") return "";
  const token = encodeURIComponent((environment.ENGINE_TOKEN ?? "").trim());
  if (token === "") throw new Error("--engine: set ENGINE_TOKEN to the token that npm run engine printed");
  const setting = given.replace("://", `://${token}@`);
  try {
    readEngine(setting);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    throw new Error(`--engine: ${sentence(error)}`, { cause: error });
  }
  return setting;
}
