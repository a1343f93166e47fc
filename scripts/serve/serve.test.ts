// The server over real sockets: the tests write every byte of a request, because a client library would correct it
// first.
import { policyOf } from "./headers.ts";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listen, type Listening } from "./listen.mjs";
import { respondFrom } from "./respond.ts";
import { readSite } from "./site.ts";

const INDEX = "<!doctype html><title>the page</title>";
const SECRET = "outside";
const outside = mkdtempSync(join(tmpdir(), "overnight-site-"));
const dist = join(outside, "dist");
let server: Listening;

beforeAll(async () => {
  mkdirSync(join(dist, "assets"), { recursive: true });
  writeFileSync(join(dist, "index.html"), INDEX);
  writeFileSync(join(dist, "sandbox.html"), "sandbox");
  writeFileSync(join(dist, "assets", "a b.js"), "export {};");
  writeFileSync(join(dist, ".built-from"), SECRET);
  writeFileSync(join(outside, "secret.txt"), SECRET);
  symlinkSync(join(outside, "secret.txt"), join(dist, "link.txt"));
  symlinkSync(outside, join(dist, "folder"));
  server = await listen({ port: 0, respond: respondFrom(readSite(dist), ["lab.example.org"]) });
});
afterAll(async () => {
  await server.close();
  rmSync(outside, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function open(): Socket {
  return connect(server.port, "127.0.0.1");
}

/** Sends the bytes unchanged and reads until the server closes the connection. */
async function send(text: string): Promise<Answer> {
  const socket = open();
  socket.end(text);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const [head, ...body] = Buffer.concat(chunks).toString().split("\r\n\r\n");
  const [first, ...lines] = head.split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  return { status: Number(first.split(" ")[1]), headers, body: body.join("\r\n\r\n") };
}

const request = (line: string, ...headers: string[]) =>
  send([line, ...headers, "Connection: close", "", ""].join("\r\n"));
const get = (path: string, ...headers: string[]) =>
  request(`GET ${path} HTTP/1.1`, "Host: localhost:4600", ...headers);

describe("the server", () => {
  it("serves the page, its files by decoded name, and their type", async () => {
    expect(await get("/")).toMatchObject({ status: 200, body: INDEX });
    expect((await get("/index.html?budget=5")).body).toBe(INDEX);
    const script = await get("/assets/a%20b.js");
    expect(script).toMatchObject({ status: 200, body: "export {};" });
    expect(script.headers["content-type"]).toBe("text/javascript; charset=utf-8");
  });

  it("sends security headers with everything, refusals too", async () => {
    for (const path of ["/", "/assets/a%20b.js", "/sandbox.html", "/nothing"]) {
      const { headers } = await get(path);
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["referrer-policy"]).toBe("no-referrer");
      expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
      expect(headers["content-security-policy"]).toContain(
        path === "/assets/a%20b.js" ? "default-src" : "frame-ancestors",
      );
    }
    const policy = async (path: string) => (await get(path)).headers["content-security-policy"];
    expect(await policy("/")).toContain("frame-ancestors 'none'");
    // The page frames it; opened in any other way it must be a sandbox too.
    expect(await policy("/sandbox.html")).toBe("sandbox allow-scripts; frame-ancestors 'self'");
    expect(await policy("/assets/a%20b.js")).toContain("connect-src 'self'");
    expect(policyOf("assets/other-worker-x1.js")).not.toContain("https:");
    expect(policyOf("assets/download-worker-BxY_1.js")).toContain("connect-src 'self' https: ");
  });

  it.each([
    "/nothing",
    "/assets",
    "/assets/",
    "/.built-from",
    "/link.txt",
    "/folder/secret.txt",
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/%252e%252e/secret.txt",
    "/..%5csecret.txt",
    "/..\\secret.txt",
    "/assets/..;/secret.txt",
    "//secret.txt",
    "/index.html%00.js",
    "/INDEX.HTML",
    "http://localhost:4600/",
  ])("has no file at %s", async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(404);
    expect(body).not.toContain(SECRET);
  });

  it.each(["/%", "/%zz", "/%e0%a4%a", "/%ff"])("refuses the malformed address %s", async (path) => {
    expect((await get(path)).status).toBe(400);
  });

  it.each([
    "bytes=10-5",
    "bytes=0-0",
    "bytes=-5",
    "bytes=--5",
    "bytes=99999999999999999999-",
    "bytes=0-1,3-4,-1",
    "bytes=a-b",
    "lines=1-2",
    "bytes=",
  ])("answers Range: %s with the whole file, and serves on", async (range) => {
    expect(await get("/", `Range: ${range}`)).toMatchObject({ status: 200, body: INDEX });
    expect((await get("/")).status).toBe(200);
  });

  it("answers HEAD with the headers alone", async () => {
    const { status, headers, body } = await request("HEAD / HTTP/1.1", "Host: localhost");
    expect([status, headers["content-length"], body]).toEqual([200, String(INDEX.length), ""]);
  });

  it("says that a known file has not changed", async () => {
    const { headers } = await get("/");
    expect(await get("/", `If-None-Match: ${headers.etag}`)).toMatchObject({ status: 304, body: "" });
    expect((await get("/", 'If-None-Match: "other"')).status).toBe(200);
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS"])("refuses %s", async (method) => {
    expect((await request(`${method} / HTTP/1.1`, "Host: localhost", "Content-Length: 0")).status).toBe(405);
  });

  it.each([
    "localhost",
    "localhost:80",
    "LocalHost:4600",
    "localhost.",
    "lab.example.org",
    "LAB.example.org:443",
  ])("answers to the host %s", async (host) => {
    expect(await request("GET / HTTP/1.1", `Host: ${host}`)).toMatchObject({ status: 200, body: INDEX });
  });

  it.each([
    ["127.0.0.1:4600", "http://localhost:4600/x?y=%20"],
    ["[::1]:4600", "http://localhost:4600/x?y=%20"],
    ["127.0.0.1", "http://localhost/x?y=%20"],
  ])("sends %s on to localhost, so that there is one lab", async (host, location) => {
    const { status, headers } = await request("GET /x?y=%20 HTTP/1.1", `Host: ${host}`);
    expect([status, headers.location]).toEqual([307, location]);
  });

  it.each([
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.nip.io",
    "192.168.1.5:4600",
    "xlab.example.org",
    "0.0.0.0",
  ])("does not answer to the foreign host %s", async (host) => {
    const { status, body } = await request("GET / HTTP/1.1", `Host: ${host}`);
    expect(status).toBe(421);
    expect(body).not.toContain(INDEX);
  });

  it.each(["", "a b", "localhost:port", "user@localhost", "[::1", "localhost/"])(
    "refuses the malformed host %j",
    async (host) => {
      expect((await request("GET / HTTP/1.1", `Host: ${host}`)).status).toBe(400);
    },
  );

  it("refuses a request without a host, and bytes that are no request", async () => {
    expect((await request("GET / HTTP/1.1")).status).toBe(400);
    expect((await send("GET / HTTP/1.0\r\n\r\n")).status).toBe(400);
    expect((await send("\0\u0001nonsense\r\n\r\n")).status).toBe(400);
    expect((await get(`/${"x".repeat(100_000)}`)).status).toBe(431);
    expect((await get("/")).status).toBe(200);
  });
});

describe("its sockets", () => {
  it("serve others while clients are slow, and are closed with the server", async () => {
    const other = await listen({ port: 0, respond: respondFrom(readSite(dist), []) });
    const slow = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const socket = connect(other.port, "127.0.0.1");
        await once(socket, "connect");
        socket.write(i % 2 === 0 ? "GET / HTT" : "GET / HTTP/1.1\r\nHost: localhost\r\nX: ");
        return socket;
      }),
    );
    const response = await fetch(`http://127.0.0.1:${other.port}/`, { redirect: "manual" });
    expect(response.status).toBe(307);
    const gone = slow.map((socket) =>
      once(
        socket.on("error", () => undefined),
        "close",
      ),
    );
    await other.close();
    await Promise.all(gone);
  });

  it("are not opened on a busy port, on either kind of loopback", async () => {
    for (const host of ["127.0.0.1", "::1"]) {
      const holder = createServer();
      holder.listen(0, host);
      await once(holder, "listening");
      const { port } = holder.address() as AddressInfo;
      await expect(listen({ port, respond: () => undefined })).rejects.toThrow(
        `port ${port} is busy: if the lab is there already, open http://localhost:${port}`,
      );
      holder.close();
      await once(holder, "close");
      await (await listen({ port, respond: () => undefined })).close(); // the refused server has left no socket open
    }
  });

  it("are not opened on an address that is not this machine's", async () => {
    await expect(listen({ port: 0, address: "192.0.2.1", respond: () => undefined })).rejects.toThrow(
      "--listen: got 192.0.2.1, expected an address of this machine",
    );
  });
});

it("a folder without a page is one line", () => {
  expect(() => readSite(join(outside, "nothing"))).toThrow(/^no page is built in .*: npm run build$/);
});
