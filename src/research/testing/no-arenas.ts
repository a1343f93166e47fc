// The arenas of a lab that has none, for tests and benches of the GPT's.
import { LabError } from "../../error.ts";
import type { ArenaSource } from "../arenas/arena-source.ts";

const none = () => Promise.reject(new LabError("arena", "there are no arenas here"));

export const NO_ARENAS: ArenaSource = {
  list: () => Promise.resolve([]),
  choose: none,
  example: none,
  columns: none,
  check: none,
  benchOf: none,
};
