// The button "Test the connection": sends a free request, then asks for one word, and explains a failure in words. A
// browser hides from a page why a request failed, so further requests find the cause.
import { messageOf } from "../../../error.ts";
import type { Channel } from "./channel.ts";
import { Capabilities } from "../keys/capabilities.ts";
import { complete, isLocal, type ModelConfig, PROVIDERS } from "../keys/config.ts";
import { confinedFetch } from "./csp-sources.ts";
import { failureOf } from "./failure.ts";
import { keyOwner, type KeyRing, oddCharacter } from "../keys/keys.ts";
import type { Ledger } from "../keys/money.ts";
import { modelNames, probeAddress, probeHeaders } from "./list-models.ts";
import { sdkChannel } from "./sdk.ts";

export interface Connection {
  readonly ok: boolean;
  readonly words: string;
  /** The models that the server offers, if it lists them. */
  readonly models?: readonly string[];
}

interface ConnectionOptions {
  readonly keys: KeyRing;
  /** The request for one word is booked here, as experiment -1. */
  readonly ledger?: Ledger;
  /** Capabilities that the test learns are stored here. */
  readonly capabilities?: Capabilities;
  readonly channel?: Channel;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
  readonly signal?: AbortSignal;
  /** The state of a permission; null where the browser does not have it. */
  readonly permission?: (name: string) => Promise<string | null>;
  /** The page's address; its scheme and origin decide which servers it may reach. */
  readonly page?: string;
}

const TIMEOUT = 30_000; // ms

export async function testConnection(config: ModelConfig, options: ConnectionOptions): Promise<Connection> {
  const { keys, signal } = options;
  const redact = (text: string) => keys.redact(text);
  const provider = PROVIDERS[config.provider];
  let full: Required<ModelConfig>;
  try {
    full = complete(config);
  } catch (error) {
    return { ok: false, words: redact(messageOf(error)) };
  }
  const key = keys.get(keyOwner(config));
  const odd = key === null ? null : oddCharacter(key);
  if (odd !== null) return { ok: false, words: `the key of ${provider.name} ${odd}` };
  if (provider.needsKey && key === null)
    return { ok: false, words: `${provider.name} needs a key: ${provider.keyPage ?? ""}` };
  const stop = AbortSignal.any([AbortSignal.timeout(TIMEOUT), ...(signal ? [signal] : [])]);
  const listed = config.provider === "prompt-api" ? null : await listModels(full, key, options, stop);
  if (listed && !listed.ok) return { ...listed, words: redact(listed.words) };
  const models = listed?.models;
  const generated = await generate(config, options, stop);
  return { ok: generated.ok, words: redact(generated.words), ...(models ? { models } : {}) };
}

/** Sends the free request. */
async function listModels(
  config: Required<ModelConfig>,
  key: string | null,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<Connection> {
  const name = PROVIDERS[config.provider].name;
  let response: Response;
  try {
    const send = confinedFetch(config, options.fetch);
    response = await send(probeAddress(config), { headers: probeHeaders(config, key), signal });
  } catch {
    return { ok: false, words: await unreachable(config, options, signal) };
  }
  const { status } = response;
  if (status === 401 || status === 403) {
    return {
      ok: false,
      words:
        key === null
          ? `${name} asks for a key (${status})`
          : `${name} does not accept the key (${status}): is it complete, and still valid?`,
    };
  }
  const body: unknown = await response.json().catch(() => null);
  const models = modelNames(body);
  if (status === 404 && config.provider === "compatible" && body === null) {
    const hint = config.address.endsWith("/v1") ? "is the path right?" : `try ${config.address}/v1`;
    return { ok: false, words: `${config.address}/models is not there (404): ${hint}` };
  }
  if (status === 404 && config.provider !== "compatible") {
    return { ok: false, words: `${name} has no model called ${config.model}` };
  }
  // Google answers 400 to a wrong key.
  if (status === 400 && /api key/i.test(JSON.stringify(body)))
    return { ok: false, words: `${name} does not accept the key` };
  if (config.provider === "compatible" && models && models.length > 0 && !models.includes(config.model)) {
    return {
      ok: false,
      words: `the server has no model called ${config.model}; it has ${models.slice(0, 12).join(", ")}`,
      models,
    };
  }
  // A server without a list of models may still work: the request for one word decides.
  return { ok: true, words: "", ...(models ? { models } : {}) };
}

/** Asks for one word through the channel of the experiments: only this tests credit, model and streaming. */
async function generate(
  config: ModelConfig,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<Connection> {
  const { keys, ledger, fetch: fetcher, now = Date.now, capabilities = new Capabilities() } = options;
  const abilities = () => capabilities.of(config);
  const channel =
    options.channel ?? sdkChannel(config, { keys, now, abilities, ...(fetcher ? { fetch: fetcher } : {}) });
  const request = {
    system: "Answer in one word.",
    turns: [{ role: "user" as const, text: "Say ready." }],
    tools: [],
    answerTokens: 512,
  };
  const permission = ledger?.permit(config, 40, 512);
  if (permission && !permission.allowed) return { ok: false, words: permission.words };
  const began = now();
  try {
    const reply = await channel.call(request, () => undefined, signal);
    const estimate = { input: 40, output: 10 };
    const booking = ledger?.book(config, { at: now(), experiment: -1, usage: reply.usage, estimate });
    const price =
      booking?.dollars === null ? "; its price is not known, so its dollars cannot be counted" : "";
    const seconds = ((now() - began) / 1000).toFixed(1);
    return { ok: true, words: `${config.model || "The model"} answered in ${seconds} s${price}.` };
  } catch (error) {
    const f = failureOf(error);
    if (!f) throw error;
    if (f.lacks !== null && abilities()[f.lacks]) {
      capabilities.learn(config, f.lacks, false, f.words);
      return generate(config, { ...options, capabilities }, signal);
    }
    if (f.charged) ledger?.bookPerhaps(config, { at: now(), experiment: -1, input: 40, output: 10 });
    return { ok: false, words: f.words };
  }
}

/** The reason why a request failed. */
async function unreachable(
  config: Required<ModelConfig>,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<string> {
  const { name } = PROVIDERS[config.provider];
  const local = isLocal(config);
  if (signal.aborted) return `${name} did not answer within ${TIMEOUT / 1000} s`;
  if (!local && globalThis.navigator?.onLine === false) return "this machine is offline";
  const page = options.page ?? globalThis.location?.href ?? "";
  const origin = URL.canParse(page) ? new URL(page).origin : "this page's address";
  if (local) {
    const denied = await localNetworkDenied(options);
    if (denied) {
      return `the browser does not let this page reach the local network: allow it in the site's settings ("Local network access"), then test again`;
    }
  }
  const answers = await answersBlindly(config, options, signal);
  if (config.provider === "bridge") {
    return answers
      ? `the bridge at ${config.address} is there for another page: start it with --origin ${origin}`
      : `nothing answers at ${config.address}: start the bridge with npm run bridge -- ${config.model}, and open the link it prints`;
  }
  if (answers) {
    const how = local
      ? ` Ollama: OLLAMA_ORIGINS=${origin}; LM Studio: enable CORS; llama.cpp and vLLM: allow this origin.`
      : "";
    return `the server at ${new URL(config.address).host} runs, but does not allow ${origin} to use it (CORS).${how}`;
  }
  const insecure =
    page.startsWith("https:") &&
    config.address.startsWith("http:") &&
    !/\/\/(localhost|127\.|\[::1\])/.test(config.address);
  if (insecure)
    return `a page opened over https may not reach ${config.address}: use https there, or run the server on this machine`;
  return local
    ? `nothing answers at ${config.address}: is the server running, and is the port right?`
    : `${name} cannot be reached: is the network up, and does a firewall or an extension block ${new URL(config.address).host}?`;
}

async function localNetworkDenied({ permission = askPermission }: ConnectionOptions): Promise<boolean> {
  // Chrome 142 has one permission for the local network; later versions have another one for the own machine.
  const names = ["local-network-access", "loopback-network", "local-network"];
  const states = await Promise.all(names.map((name) => permission(name)));
  return states.includes("denied");
}

async function askPermission(name: string): Promise<string | null> {
  try {
    const status = await globalThis.navigator.permissions.query({ name: name as PermissionName });
    return status.state;
  } catch {
    // This browser has no such permission, so it cannot be the cause.
    return null;
  }
}

/** Whether any server answers at the address when the page does not read the response (`no-cors`). */
async function answersBlindly(
  config: Required<ModelConfig>,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    // This request carries no key.
    await (options.fetch ?? fetch)(probeAddress(config), { mode: "no-cors", credentials: "omit", signal });
    return true;
  } catch {
    return false;
  }
}
