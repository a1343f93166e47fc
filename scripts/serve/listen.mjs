// The sockets of the server. Plain JavaScript: `npm start` checks that its port is free before it installs anything.
import { createServer } from "node:http";

/**
 * Listens on loopback, on both IPv4 and IPv6 where `port` is given: a browser may use either for localhost, and must
 * not find another program on one of them. `port` 0 takes any free one. `upgrade` gets requests for a WebSocket.
 * Rejects with a one-line error on failure.
 */
export async function listen({ port, address = null, respond, upgrade = null }) {
  const wanted = address !== null ? [address] : port === 0 ? ["127.0.0.1"] : ["127.0.0.1", "::1"];
  const servers = [];
  const close = () => Promise.all(servers.map(shut));
  for (const at of wanted) {
    // A client that sends slowly is dropped; one that reads slowly occupies only its socket.
    const server = createServer({ headersTimeout: 20_000, requestTimeout: 30_000 }, respond);
    server.setTimeout(120_000);
    if (upgrade !== null) server.on("upgrade", upgrade);
    try {
      await opened(server, port, at);
      servers.push(server);
    } catch (error) {
      if (at === "::1" && NO_IPV6.includes(error.code)) continue;
      await close();
      throw new Error(lineFor(error, port, at), { cause: error });
    }
  }
  return { port: servers[0].address().port, close };
}

const NO_IPV6 = ["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"];

function opened(server, port, host) {
  return new Promise((done, reject) => {
    server.once("error", reject);
    server.listen({ port, host, exclusive: true }, () => {
      server.off("error", reject);
      done();
    });
  });
}

function shut(server) {
  return new Promise((done) => {
    server.close(done);
    server.closeAllConnections();
  });
}

function lineFor({ code, message }, port, address) {
  if (code === "EADDRINUSE") {
    return (
      `port ${port} is busy: if the lab is there already, open http://localhost:${port}; otherwise end the process that uses it, or take ` +
      `another with --port (every port has a lab of its own)`
    );
  }
  if (code === "EACCES") return `port ${port} needs rights this user has not: take one from 1024 with --port`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return `--listen: got ${address}, expected an address of this machine`;
  return message;
}
