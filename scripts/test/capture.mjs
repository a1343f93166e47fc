// Runs a command of a test. Beside another suite its output is kept until its end, so that two outputs do not mix.
import { spawn } from "node:child_process";
import { Buffer } from "node:buffer";
import { root } from "../setup.mjs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Resolves to the exit status. `shown`: print the output at once. A signal is passed on to the command, and this
 * process ends with it.
 */
export function capture(command, args, { env, shown, title }) {
  if (shown) console.log(`\n${title}`);
  return new Promise((done, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", shown ? "inherit" : "pipe", shown ? "inherit" : "pipe"],
      shell: process.platform === "win32",
    });
    const kept = [];
    child.stdout?.on("data", (bytes) => kept.push(bytes));
    child.stderr?.on("data", (bytes) => kept.push(bytes));
    let ended = false;
    const pass = (signal) => {
      ended = true;
      child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, pass);
    child.once("error", reject);
    child.once("close", (code) => {
      for (const signal of SIGNALS) process.off(signal, pass);
      if (!shown) process.stdout.write(`\n${title}\n${Buffer.concat(kept).toString()}`);
      if (ended) process.exit(1);
      done(code ?? 1);
    });
  });
}
