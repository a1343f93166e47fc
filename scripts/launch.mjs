// Starts a server that needs the lab's packages and no page: checks its flags before anything is installed.
import { load, prepare } from "./setup.mjs";

/**
 * `parse` returns "help" where `usage` is wanted, and throws a one-line Error for a wrong flag, which ends the process
 * with status 2. `file` exports `main`, which gets the flags and resolves with the exit status.
 */
export async function launch({ parse, usage, file }) {
  const args = process.argv.slice(2);
  try {
    if (parse(args) === "help") {
      console.log(usage);
      process.exit(0);
    }
  } catch (error) {
    console.error(`overnight: ${error.message.split("\n", 1)[0]}`);
    process.exit(2);
  }
  await prepare({ corpus: false });
  const { main } = await load(file);
  process.exit(await main(args)); // explicit, because Dawn keeps a process alive
}
