// Takes pictures of pages, for people to look at.
//
//     shoot.mjs CHROMIUM FOLDER NAME=ADDRESS…
//
// Writes FOLDER/NAME-SCREEN-SCHEME.png for each screen, FOLDER/NAME-print.pdf, and FOLDER/index.html that shows all of them.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [program, folder, ...named] = process.argv.slice(2);
const SCREENS = { phone: [390, 844], tablet: [820, 1180], desktop: [1360, 900] };

/// Maximum height of a picture: of five hundred stories the first are enough to judge.
const MAX_HEIGHT = 4000;

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });

async function shoot(name, address, screen, colorScheme) {
  const [width, height] = SCREENS[screen];
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  await page.goto(address, { waitUntil: "networkidle" });
  // Down to the end as a reader comes there, so that everything is loaded, and back.
  await page.evaluate(async (end) => {
    document.querySelectorAll("img[loading=lazy]").forEach((image) => { image.loading = "eager"; });
    for (let y = 0; y < Math.min(document.documentElement.scrollHeight, end); y += innerHeight / 2) {
      scrollTo(0, y);
      await new Promise((done) => setTimeout(done, 50));
    }
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
    scrollTo(0, 0);
  }, MAX_HEIGHT);
  await page.waitForLoadState("networkidle");
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  const file = `${name}-${screen}-${colorScheme}.png`;
  const clip = { x: 0, y: 0, width, height: Math.min(whole, MAX_HEIGHT) };
  await page.screenshot({ path: join(folder, file), clip, fullPage: true });
  if (screen === "desktop" && colorScheme === "light") await page.pdf({ path: join(folder, `${name}-print.pdf`) });
  await page.close();
  return file;
}

const shown = [];
for (const [number, pair] of named.entries()) {
  const cut = pair.indexOf("=");
  const [name, address] = [pair.slice(0, cut), pair.slice(cut + 1)];
  console.error(`${number + 1} of ${named.length}: ${name}`);
  const files = [];
  for (const screen of Object.keys(SCREENS)) {
    for (const scheme of ["light", "dark"]) files.push(await shoot(name, address, screen, scheme));
  }
  const pictures = files.map((file) => `<a href="${file}"><img src="${file}" alt="${file}" width="240"></a>`);
  shown.push(`<h2>${name}</h2><p><a href="${name}-print.pdf">print</a></p>${pictures.join("\n")}`);
}
await browser.close();
writeFileSync(join(folder, "index.html"), `<!doctype html><meta charset="utf-8"><title>Pages</title>${shown.join("\n")}\n`);
console.log(join(folder, "index.html"));
