// The headless lab: the same page in headless Chromium. The study survives the process: an experiment is printed only
// when its bundle is on the disk, and a profile with more than the bundle is kept.
import type { BrowserContext } from "@playwright/test";
import { type Ending, untilEnded } from "../ending.ts";
import { openProfileBrowser, PROFILE_ORIGIN } from "../open-browser.ts";
import { serve } from "../serve.ts";
import { withBridge } from "./bridge.ts";
import { BundleFile } from "./bundle-file.ts";
import { type AgentServer, labOf, serveAgent } from "./mcp.ts";
import { beginStudy, exportBundle, finished, openPage } from "./drive.ts";
import { type LabOptions, parseLabOptions } from "./options.ts";
import { Profile } from "./profile.ts";
import { Recorder } from "./recorder.ts";
import { USAGE } from "./usage.mjs";
import { Deadline, gone, reasonOf, unread, within } from "./waits.ts";

const DONE = 0;
const FAILED = 1;
const WRONG = 2; // a wrong flag or file

const OPENING = 3600; // s to open the page, read the text and start the study
const GRACE = 20_000; // ms for work in progress at the end

/** The stream of the events: stdout, or stderr when stdout carries the agent's protocol. */
let events: NodeJS.WriteStream = process.stdout;
const print = (event: unknown): void => {
  events.write(JSON.stringify(event) + "\n");
};

/** The resources of a running lab. */
interface Held {
  options: LabOptions;
  readonly profile: Profile;
  readonly out: BundleFile | null;
  /** The MCP server for an agent, with --mcp. */
  readonly agent: AgentServer | null;
  readonly ended: Promise<Ending>;
  /** Whether the profile may hold the only copy of a part of the study. */
  atStake: boolean;
}

/** Runs the lab to its end and resolves with the exit status. `ready` sets up and returns the path of a Chromium. */
export async function main(args: readonly string[], ready: () => Promise<string>): Promise<number> {
  if (args.includes("--mcp")) events = process.stderr;
  const unheard = unread();
  let held: Held;
  try {
    const options = parseLabOptions(args);
    if (options === "help") {
      process.stdout.write(USAGE + "\n");
      return DONE;
    }
    held = await hold(options, unheard);
  } catch (error) {
    print({ type: "error", reason: reasonOf(error) });
    return WRONG;
  }
  const { profile, out } = held;
  try {
    return await withBrowser(held, await ready());
  } catch (error) {
    return failed(held, reasonOf(error), FAILED);
  } finally {
    out?.close();
    profile.close(held.atStake);
  }
}

/** Acquires the files and the server of the flags; after a rejection (a one-line error) it holds none. */
async function hold(options: LabOptions, unheard: Promise<Ending>): Promise<Held> {
  const out = options.out === null ? null : await BundleFile.open(options.out);
  try {
    const profile = await Profile.open(options.profile);
    const agent = options.mcp ? await serveAgent() : null;
    const ends: Promise<Ending>[] = [untilEnded(), unheard];
    if (agent) ends.push(agent.lost.then(() => ({ why: "the agent left", status: DONE })));
    return { options, profile, out, agent, ended: Promise.race(ends), atStake: false };
  } catch (error) {
    out?.close();
    throw error;
  }
}

async function withBrowser(held: Held, chromium: string): Promise<number> {
  const { profile } = held;
  process.env.CHROMIUM = chromium;
  await profile.makeReady(chromium);
  const bridge = await withBridge(held.options);
  const options = (held.options = bridge.options);
  const server = await serve();
  try {
    const browser = await openProfileBrowser(options.adapter, server.port, profile.browser);
    try {
      return await study(held, browser);
    } finally {
      // A browser that does not close is killed with this process.
      await within(browser.close(), GRACE, undefined);
    }
  } finally {
    await server.close();
    await bridge.close();
  }
}

/** Resolves with the exit status; rejects with a one-line error when something fails. */
async function study(held: Held, browser: BrowserContext): Promise<number> {
  const { options, profile, out, agent } = held;
  const page = browser.pages()[0] ?? (await browser.newPage());
  const recorder = new Recorder(print, async () => {
    if (out === null) return;
    const bytes = await exportBundle(page);
    const aside = await out.write(bytes, profile.written);
    if (aside !== null)
      print({ type: "notice", level: "warning", text: `the previous file of --out was moved to ${aside}` });
    print({ type: "bundle", path: out.path, bytes: bytes.length });
  });
  const deadline = new Deadline(options.timeout ?? OPENING);
  const run = async (): Promise<null> => {
    await openPage(page, PROFILE_ORIGIN, options, (event) => {
      held.atStake = true;
      recorder.hear(event);
    });
    const { tag, resumed, experiments, done, budgetSeconds } = await beginStudy(page, options, profile);
    held.atStake = true;
    if (resumed) recorder.goOn(done, { type: "resumed", tag, experiments: done, profile: profile.folder });
    if (agent !== null) {
      if (options.timeout === null) deadline.clear();
      agent.open(labOf(page));
      return new Promise<null>(() => undefined); // it ends when the agent disconnects
    }
    const ahead = Math.min(Math.max(0, experiments - done), 100_000);
    if (options.timeout === null) deadline.set(600 + 6 * ahead * budgetSeconds);
    await finished(page, experiments);
    return null;
  };
  const settled = () => within(recorder.settled(), GRACE, false);
  const ending = await Promise.race([run(), gone(browser, page), held.ended, deadline.over])
    .finally(() => deadline.clear())
    .catch(async (error: unknown) => {
      await settled();
      throw error;
    });
  const saved = await settled();
  const count = String(recorder.experiments);
  if (ending?.status === DONE) {
    const whole = options.experiments > 0 && recorder.experiments >= options.experiments;
    if (whole && saved && out !== null) held.atStake = false;
    print({ type: "end", experiments: recorder.experiments, reason: ending.why, profile: profile.folder });
    return DONE;
  }
  if (ending !== null) return failed(held, `${ending.why} after ${count} experiments`, ending.status);
  if (!saved) throw new Error(`all ${count} experiments are done, and the bundle is not written`);
  if (options.screenshot !== null) await page.screenshot({ path: options.screenshot, fullPage: true });
  held.atStake = false;
  print({ type: "end", experiments: recorder.experiments });
  return DONE;
}

/** Prints the last line of a lab that failed or was ended early: the reason, and the profile with the study. */
function failed({ profile: { folder }, atStake }: Held, reason: string, status: number): number {
  if (atStake)
    print({ type: "error", reason: `${reason} (go on with --profile ${folder})`, profile: folder });
  else print({ type: "error", reason });
  return status;
}
