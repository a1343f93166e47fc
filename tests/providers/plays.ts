// The scripted provider's answer to one request, independent of the provider: the wire files translate it.

export interface PlayedTool {
  readonly name: string;
  readonly input: unknown;
  /** Arguments to send unchanged, for invalid JSON. */
  readonly raw?: string;
}

export interface Play {
  readonly text?: string;
  readonly thought?: string;
  readonly tools?: readonly PlayedTool[];
  readonly usage?: { readonly input: number; readonly output: number; readonly cached?: number };
  /** Dollars, as OpenRouter reports them. */
  readonly cost?: number;
  /** The end of the answer; absent: complete. */
  readonly end?: "length" | "refusal";
  /** Refuses the request instead: status, provider's error type, message, headers. */
  readonly status?: number;
  readonly error?: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body that is not JSON, as proxies send it. */
  readonly page?: string;
  /** The whole body, unchanged, of this type (absent: a stream of events). */
  readonly body?: string;
  readonly type?: string;
  /** In the middle of the text: drop the connection, close it cleanly, send an error event, or go silent. */
  readonly middle?: "drop" | "close" | "error" | "silence";
  /** Drops the connection before any answer. */
  readonly dead?: boolean;
  /** Sends this text again and again, without end. */
  readonly endless?: string;
}

/** A received request. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** One format: the events of an answer, and its errors. */
export interface Wire {
  /** Server-sent events before the text, one string each. */
  begin(play: Play): string[];
  delta(text: string): string;
  end(play: Play): string[];
  /** An error in the middle of the stream. */
  error(play: Play): string;
  /** Body of a refused request. */
  refuse(status: number, play: Play): unknown;
}

export const event = (data: unknown, name?: string): string =>
  `${name === undefined ? "" : `event: ${name}\n`}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

export const usageOf = (play: Play) => ({ input: 100, output: 20, cached: 0, ...play.usage });
export const argumentsOf = (tool: PlayedTool): string => tool.raw ?? JSON.stringify(tool.input);
