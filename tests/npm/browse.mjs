// A browser walks through a paper and looks at its cards on a foreign page.
//
//     browse.mjs BASE TOKEN CHROMIUM
//
// BASE is the address of a courant that serves tests/sample, TOKEN one of its desk's. Exits 1 with a line for each fault.

import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { unfurl } from "unfurl.js";

const [base, token, program] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const STORY = "/articles/tram-line-four";
const faults = [];

function expect(holds, what) {
  if (!holds) faults.push(what);
}

async function within(what, found) {
  for (const begin = Date.now(); Date.now() - begin < 15000; ) {
    if (await found()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  faults.push(`${what}: not within 15 seconds`);
}

/// Another site, with a policy of its own that allows what the paper says it has to.
function foreign(pages) {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      const page = pages[request.url];
      response.writeHead(page ? 200 : 404, {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": `default-src 'none'; script-src ${base} 'nonce-host'; style-src 'nonce-host'; frame-src ${base}`,
      });
      response.end(page ?? "");
    });
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

async function write(method, path, headers, body) {
  const answer = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  });
  return answer.json();
}

const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });

/// What every page has to be, on a wide screen in the light and on a telephone in the dark.
async function look(name, path) {
  for (const [colorScheme, width] of [["light", 1200], ["dark", 390]]) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
    const page = await context.newPage();
    const said = [];
    page.on("console", (line) => line.type() === "error" && said.push(line.text()));
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== base) said.push(`asks for ${request.url()}`);
    });
    await page.goto(base + path, { waitUntil: "networkidle" });
    const measured = await page.evaluate(() => new Promise((resolve) => {
      let shift = 0;
      const add = (list) => list.getEntries().forEach((entry) => { shift += entry.value; });
      new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
      const wide = document.documentElement.scrollWidth > innerWidth;
      setTimeout(() => resolve({ shift, wide }), 200);
    }));
    if (measured.shift > 0) said.push(`moves by ${measured.shift}`);
    if (measured.wide) said.push("is wider than the screen");
    await context.close();
    // The checker is no script of the paper's, and its policy would refuse it.
    const checked = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
    const second = await checked.newPage();
    await second.goto(base + path);
    await second.evaluate(axe);
    const found = await second.evaluate(() => window.axe.run(document, { iframes: false }));
    for (const violation of found.violations) {
      said.push(`${violation.id}: ${violation.help}: ${violation.nodes[0].html.slice(0, 200)}`);
    }
    await checked.close();
    faults.push(...said.map((line) => `${name} (${colorScheme}): ${line}`));
  }
}

try {
  // From the front page to an address in a reader's hands.
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  await page.goto(base + "/");
  await page.click("nav a >> text=City");
  expect(new URL(page.url()).pathname === "/sections/city", `City leads to ${page.url()}`);
  await page.click(`a[href="${STORY}"]`);
  expect((await page.textContent("h1")).includes("North Quay"), "the article has no headline");
  const card = await page.getAttribute("iframe.card", "src");
  const code = await page.textContent(".embed code >> nth=0");
  await page.click("details.embed summary");
  const preview = page.locator("iframe.card");
  await within("the preview's height", async () => Number(await preview.getAttribute("height")) !== 420);
  const day = await page.getAttribute("a.u-url", "href");
  await page.click("footer.paper a");
  await page.click("button[data-copies] >> nth=0");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied === `${base}/feed.rss`, `copied ${copied}`);
  const feed = await fetch(copied);
  expect(feed.ok && (await feed.text()).includes("North Quay"), "the copied address is no feed");
  await context.close();

  await page.context().close();
  const caption = await (await fetch(`${base}/captions.json`)).json();
  const photograph = new URL(caption.items[0].url).pathname;
  for (const [name, path] of Object.entries({
    front: "/", section: "/sections/city", chinese: "/sections/zh", article: STORY, day, photographs: "/captions",
    photograph, subscribe: "/subscribe", card, "section's card": "/embed/s/harbour",
    "photograph's card": photograph.replace("/captions/", "/embed/c/"),
  })) {
    await look(name, path);
  }

  // Who knows nothing but the article's address finds its card.
  const known = await unfurl(base + STORY);
  expect(known.oEmbed?.type === "rich" && known.oEmbed.html?.includes(card), "the card is not found by the article's address");
  expect(known.open_graph?.images?.length > 0, "no picture is found by the article's address");

  // On a foreign page, as an element, and in a sandbox as WordPress makes it.
  const pages = {
    "/element": `<!doctype html><title>Host</title><style nonce="host">news-article { --news-article-ink: rgb(1, 2, 3); }</style>${code}`,
    "/link": `<!doctype html><title>Host</title>${code.replace(/<script.*?<\/script>/, "")}`,
    "/sandbox": `<!doctype html><title>Host</title><script nonce="host">
      addEventListener("message", (event) => { (window.told ??= []).push([event.origin, event.data]); });
      </script><iframe src="${base}${card}#?secret=s3cret" sandbox="allow-scripts" width="600" height="300"></iframe>`,
  };
  const host = await foreign(pages);
  const there = `http://127.0.0.1:${host.address().port}`;
  const guest = await (await browser.newContext()).newPage();
  const complaints = [];
  guest.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
  await guest.goto(`${there}/link`);
  expect(await guest.isVisible("news-article a"), "without the script there is no link");
  await guest.goto(`${there}/element`);
  const frame = () => guest.frames().find((one) => one.url() === base + card);
  await within("the card", async () => frame() && (await frame().textContent("body")).includes("North Quay"));
  const height = () => guest.evaluate(() => Number(document.querySelector("news-article").shadowRoot.querySelector("iframe").height));
  await within("the card's own height", async () => {
    const own = await frame()?.evaluate(() => Math.ceil(document.getElementById("card").getBoundingClientRect().height));
    return own > 50 && own === (await height());
  });
  expect((await guest.context().cookies()).length === 0, "there are cookies");
  const ink = await frame()?.evaluate(() => getComputedStyle(document.getElementById("card")).color);
  expect(ink === "rgb(1, 2, 3)", `the host's colour is ${ink}`);
  await guest.goto(`${there}/sandbox`);
  await within("the height in the words of WordPress", () => guest.evaluate(() =>
    (window.told ?? []).some(([origin, data]) => origin === "null" && data.message === "height" && data.value > 50 && data.secret === "s3cret")));
  expect(complaints.length === 0, `the foreign page says ${complaints.join("; ")}`);

  // What the desk does stands on the foreign page with the next look.
  const id = card.split("/").pop();
  const made = await write("POST", "/api/v1/articles", {}, {
    section: "city", slug: "a-bridge", headline: "A bridge", published: "2026-11-20T08:00:00Z", body: "It opens.",
  });
  expect(made.id && id, "no article was made");
  const bridge = `/embed/a/${made.id.replace("urn:uuid:", "")}`;
  pages["/bridge"] = `<!doctype html><title>Host</title><iframe src="${base}${bridge}" width="600" height="300"></iframe>`;
  const says = async (text) => {
    await guest.goto(`${there}/bridge`);
    const inner = guest.frames().find((one) => one.url() === base + bridge);
    return inner && (await inner.textContent("body")).includes(text);
  };
  expect(await says("A bridge"), "the card has no headline");
  const article = `/api/v1/articles/${made.id.replace("urn:uuid:", "")}`;
  const corrected = await write("POST", `${article}/correct`, { "if-match": "*" }, { public_note: "It opens on Monday." });
  expect(await says("It opens on Monday."), "the card has no correction");
  await write("POST", `${article}/retract`, { "if-match": corrected.state.etag }, { public_note: "There is no bridge." });
  expect(await says("There is no bridge."), "the card has no notice");
  await write("POST", `${article}/kill`, {}, {});
  expect(await says("Withdrawn"), "the card does not say that it was withdrawn");
  expect(!(await says("A bridge")), "the card names what was killed");
  host.close();
} finally {
  await browser.close();
}
for (const fault of faults) console.error(fault);
console.log(`${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
