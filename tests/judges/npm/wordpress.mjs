// A post of WordPress that shows the card, with WordPress's own script.
//
//     wordpress.mjs CHROMIUM BASE HTML SCRIPT
//
// HTML is a file with what WordPress made of the address of an article, SCRIPT its wp-embed.js. Exits 1 with a line for
// each fault.

import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { expect, foreign, told, within } from "./support.mjs";

const [program, base, html, script] = process.argv.slice(2);
const embed = readFileSync(html, "utf8");
const post = (src) => `<!doctype html><title>A post</title><div style="max-width: 600px">${embed}</div><script src="${src}"></script>`;
const stated = Number(embed.match(/<iframe[^>]* height="(\d+)"/)[1]);
const code = { html: readFileSync(script, "utf8"), type: "text/javascript" };
const host = await foreign({
  "/": { html: post("/wp-embed.js") },
  // The script may come after the card, which then has told its height to nobody, and is asked for it.
  "/late": { html: post("/late.js") },
  "/wp-embed.js": code,
  "/late.js": { ...code, delay: 2000 },
});
const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
try {
  const page = await (await browser.newContext({ viewport: { width: 1000, height: 900 } })).newPage();
  for (const path of ["/", "/late"]) {
    await page.goto(host.address + path);
    const frame = page.locator("iframe.wp-embedded-content");
    const card = () => page.frames().find((one) => one.url().startsWith(`${base}/embed/a/`));
    // WordPress hides the frame until it hears of it, and then the quotation.
    await within(`the card at ${path}`, async () => (await frame.getAttribute("style")) === null && await frame.isVisible());
    expect(!await page.isVisible("blockquote"), `at ${path} the quotation is still there`);
    await within(`the height at ${path}`, async () => {
      const own = await card()?.evaluate(() => {
        const element = document.getElementById("card");
        return Math.ceil(element.getBoundingClientRect().height + 2 * element.offsetTop);
      });
      return own > 200 && Number(await frame.getAttribute("height")) === own && own !== stated;
    });
    expect((await card().textContent("body")).includes("North Quay"), `the card at ${path} has no headline`);
  }
  // In its sandbox only the page around can go to the story.
  await page.frameLocator("iframe.wp-embedded-content").locator("h1 a").click();
  await within("the story behind the card", () => page.url().startsWith(`${base}/articles/`));
} catch (error) {
  expect(false, error.message);
} finally {
  await browser.close();
  host.close();
}
told();
