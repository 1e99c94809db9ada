// What every page has to be, on a wide screen in the light and on a telephone in the dark.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const SCREENS = [["light", 1200], ["dark", 390]];

/// What is wrong with the page at `address`.
export async function look(browser, address) {
  const faults = [];
  for (const [colorScheme, width] of SCREENS) {
    const screen = { colorScheme, viewport: { width, height: 900 } };
    const said = await Promise.all([shown(browser, address, screen), checked(browser, address, screen)]);
    faults.push(...said.flat().map((line) => `${address} (${colorScheme}): ${line}`));
  }
  return faults;
}

/// Nothing moves, nothing is wider than the screen, nothing comes from elsewhere, and the browser has no complaint. A browser that
/// is busy may stop at any element and show what it has read: only what moves each time is a fault of the page.
async function shown(browser, address, screen) {
  const said = await visited(browser, address, screen);
  return said.some((line) => line.startsWith(MOVES)) ? visited(browser, address, screen) : said;
}

const MOVES = "moves by ";

async function visited(browser, address, screen) {
  const said = [];
  const context = await browser.newContext(screen);
  const page = await context.newPage();
  page.on("console", (line) => line.type() === "error" && said.push(line.text()));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(address).origin) said.push(`asks for ${request.url()}`);
  });
  await page.goto(address, { waitUntil: "networkidle" });
  const shift = await moved(page);
  if (shift > 0) said.push(`${MOVES}${shift}`);
  if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) said.push("is wider than the screen");
  if ((await context.cookies()).length > 0) said.push("sets cookies");
  await context.close();
  return said;
}

/// How far things have moved on a page since all of its HTML was there.
export function moved(page) {
  return page.evaluate(() => new Promise((resolve) => {
    let shift = 0;
    const whole = performance.getEntriesByType("navigation")[0].domInteractive;
    const add = (list) => list.getEntries().forEach((entry) => { shift += entry.startTime < whole ? 0 : entry.value; });
    new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(shift), 200);
  }));
}

async function checked(browser, address, screen) {
  // The checker is no script of the paper's, and its policy would refuse it.
  const context = await browser.newContext({ ...screen, bypassCSP: true });
  const page = await context.newPage();
  await page.goto(address);
  const found = await violations(page);
  await context.close();
  return found;
}

/// What the checker finds on a page as it stands, in a context that lets it in.
export async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { iframes: false }));
  return found.violations.map((fault) => `${fault.id}: ${fault.help}: ${fault.nodes[0].html.slice(0, 200)}`);
}

/// Bytes that a browser gets for a page, compressed as it asks.
export async function weight(browser, address) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address, { waitUntil: "networkidle" });
  const bytes = await page.evaluate(() => {
    const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    return all.reduce((sum, entry) => sum + entry.encodedBodySize, 0);
  });
  await context.close();
  return bytes;
}
