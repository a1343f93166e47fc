// Prints the figures of the repository's benchmark.
import type { RepositoryTimes } from "./repository-page.ts";

export function report({ commits, packs, bundle, ...rest }: RepositoryTimes): void {
  const percentile = (values: readonly number[], p: number): string =>
    (
      [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * p))] ?? 0
    ).toFixed(1);
  const tenth = Math.ceil(commits.length / 10);
  for (const [name, part] of [
    ["first tenth", commits.slice(0, tenth)],
    ["last tenth", commits.slice(-tenth)],
  ] as const)
    console.log(
      `commit, ${name}: median ${percentile(part, 0.5)} ms, p90 ${percentile(part, 0.9)}, max ${percentile(part, 1)}`,
    );
  console.log(`repacks in the background: ${packs.length}, the longest ${percentile(packs, 1)} ms`);
  for (const [name, value] of Object.entries(rest))
    console.log(`${name}: ${name.endsWith("Bytes") ? value.toFixed() : value.toFixed(1)}`);
}
