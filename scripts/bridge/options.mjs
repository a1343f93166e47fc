// The flags of `npm run bridge`. Plain JavaScript, because they are read before anything is installed.
import { parseArgs } from "node:util";

export const USAGE = `npm run bridge -- [flags] AGENT [AGENT's own arguments]

  claude, codex, gemini   the command-line agent of that name, its own tools off
  any other command       gets the prompt on stdin; its stdout is the answer

  --port N        the port of http://127.0.0.1:N/v1                           (4601)
  --origin URL    the one origin whose pages may ask                          (http://localhost:4600)
  --timeout S     seconds an answer may take                                  (600)
  --help

The token is random; BRIDGE_TOKEN in the environment sets another, of at least 16 characters. Ends with Ctrl-C or SIGTERM.
Exits with 1 when it cannot serve, 2 when a flag is wrong.`;

/** Parses the flags; throws a one-line Error for a wrong one. */
export function parseBridgeOptions(args) {
  const words = [...args];
  const own = [];
  while (words.length > 0 && words[0].startsWith("-")) {
    const flag = words.shift();
    if (flag === "--") break;
    own.push(flag);
    if (!flag.includes("=") && !["--help", "-h"].includes(flag) && words.length > 0) own.push(words.shift());
  }
  const { values } = parseArgs({
    args: own,
    options: {
      port: { type: "string", default: "4601" },
      origin: { type: "string", default: "http://localhost:4600" },
      timeout: { type: "string", default: "600" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const number = (name, low, high) => {
    const value = /^\d{1,6}$/.test(values[name]) ? Number(values[name]) : NaN;
    if (value >= low && value <= high) return value;
    throw new Error(
      `--${name}: got ${JSON.stringify(values[name])}, expected a whole number from ${low} to ${high}`,
    );
  };
  const { origin } = values;
  if (!URL.canParse(origin) || new URL(origin).origin !== origin || !/^https?:/.test(origin))
    throw new Error(`--origin: got ${JSON.stringify(origin)}, expected one such as http://localhost:4600`);
  if (words.length === 0) throw new Error("which agent? npm run bridge -- claude");
  return { words, port: number("port", 1, 65_535), origin, seconds: number("timeout", 1, 86_400) };
}
