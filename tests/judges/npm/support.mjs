// What the walks through a paper share: a list of faults, another site, and the desk.

import { createServer } from "node:http";

export const faults = [];

export function expect(holds, what) {
  if (!holds) faults.push(what);
}

/// So long a machine that has more to do may take.
const PATIENCE = 30;

/// Waits until `found` is, and notes a fault where it is not to be.
export async function within(what, found) {
  for (const begin = Date.now(); Date.now() - begin < PATIENCE * 1000; ) {
    if (await found()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  faults.push(`${what}: not within ${PATIENCE} seconds`);
}

/// Another site, on an origin of its own. `pages` are its paths, with the HTML that it gives, and, where it has them, a
/// policy, another type, milliseconds that it takes, and that it is isolated from what does not agree.
export function foreign(pages) {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      const { html, policy, type, delay, isolated } = pages[new URL(request.url, "http://host").pathname] ?? {};
      const headers = { "content-type": type ?? "text/html; charset=utf-8" };
      if (policy) headers["content-security-policy"] = policy;
      if (isolated) headers["cross-origin-embedder-policy"] = "require-corp";
      // A browser asks for the site's icon, too.
      response.writeHead(html ? 200 : 204, headers);
      setTimeout(() => response.end(html ?? ""), delay ?? 0);
    });
    server.listen(0, "127.0.0.1", () => resolve({
      address: `http://127.0.0.1:${server.address().port}`,
      close: () => server.close(),
    }));
  });
}

/// Writes as the desk does.
export async function write(base, token, method, path, headers, body) {
  const answer = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  });
  return answer.json();
}

/// Ends the program with a line for each fault.
export function told() {
  for (const fault of faults) console.error(fault);
  console.log(`${faults.length} faults`);
  process.exit(faults.length ? 1 : 0);
}
