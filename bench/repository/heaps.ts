// JavaScript heaps of a page and of its workers, workers of workers among them, by Chromium's debugging protocol.
import type { CDPSession } from "@playwright/test";

interface Session {
  readonly name: string;
  /** Resolves with null where the worker ended meanwhile. */
  send(method: string, params?: object): Promise<unknown>;
  /** Answers what is still asked with null. */
  end(): void;
}
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}
interface HeapUsage {
  readonly usedSize: number;
  /** Of array buffers. */
  readonly backingStorageSize: number;
}
interface Attached {
  readonly sessionId: string;
  readonly targetInfo: { readonly url: string };
}

/**
 * Follows the page's workers as they begin and end. The function it resolves with collects garbage and reads
 * every heap and its array buffers [MiB].
 */
export async function watchHeaps(devtools: CDPSession): Promise<() => Promise<string>> {
  const sessions = new Map<string, Session>();
  const hearings = new Map<string, (message: Message) => void>();

  const follow = async (parent: Session): Promise<void> => {
    await parent.send("Target.setAutoAttach", {
      autoAttach: true,
      waitForDebuggerOnStart: false,
      flatten: false,
    });
  };
  const hear = (parent: Session, { method, params }: Message): void => {
    if (method === "Target.attachedToTarget") {
      const { sessionId, targetInfo } = params as Attached;
      const child = childOf(parent, sessionId, nameOf(targetInfo.url));
      sessions.set(sessionId, child);
      void follow(child);
    } else if (method === "Target.detachedFromTarget") {
      const { sessionId } = params as Attached;
      sessions.get(sessionId)?.end();
      sessions.delete(sessionId);
      hearings.delete(sessionId);
    } else if (method === "Target.receivedMessageFromTarget") {
      const { sessionId, message } = params as { sessionId: string; message: string };
      hearings.get(sessionId)?.(JSON.parse(message) as Message);
    }
  };
  const childOf = (parent: Session, sessionId: string, name: string): Session => {
    let last = 0;
    const waiting = new Map<number, (result: unknown) => void>();
    const child: Session = {
      name,
      send: (method, params = {}) =>
        new Promise((resolve) => {
          waiting.set(++last, resolve);
          const message = JSON.stringify({ id: last, method, params });
          void parent.send("Target.sendMessageToTarget", { sessionId, message });
        }),
      end: () => {
        for (const answer of waiting.values()) answer(null);
      },
    };
    hearings.set(sessionId, (message) => {
      if (message.id === undefined) hear(child, message);
      else {
        waiting.get(message.id)?.(message.result);
        waiting.delete(message.id);
      }
    });
    return child;
  };

  const page: Session = {
    name: "page",
    send: (method, params) => devtools.send(method as "Target.setAutoAttach", params as never),
    end: () => undefined,
  };
  for (const method of ["attachedToTarget", "detachedFromTarget", "receivedMessageFromTarget"] as const)
    devtools.on(`Target.${method}`, (params: unknown) => {
      hear(page, { method: `Target.${method}`, params });
    });
  await follow(page);
  return async () => {
    const read = [page, ...sessions.values()].map(async (session) => {
      await session.send("HeapProfiler.collectGarbage");
      const usage = (await session.send("Runtime.getHeapUsage")) as HeapUsage | null;
      if (usage === null) return [];
      const { usedSize, backingStorageSize } = usage;
      const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
      return [`${session.name} ${mib(usedSize)} + ${mib(backingStorageSize)}`];
    });
    return (await Promise.all(read)).flat().join(", ");
  };
}

/** The name of a worker's script, without its hash. */
const nameOf = (url: string): string => /(\w+)[\w.-]*$/.exec(url)?.[1] ?? "worker";
