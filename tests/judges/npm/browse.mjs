// A browser walks through a paper, looks at every kind of page, and at its cards on a foreign page.
//
//     browse.mjs CHROMIUM TOKEN OVERVIEW BASE LARGE CHINESE ARABIC
//
// BASE is the address of a courant that serves tests/data/sample, TOKEN one of its desk's, OVERVIEW the page of its operators;
// LARGE a paper with older stories; CHINESE and ARABIC serve the sample as papers of those languages. Exits 1 with a line for each
// fault.

import { readFile } from "node:fs/promises";
import { mf2 } from "microformats-parser";
import { chromium } from "playwright-core";
import { unfurl } from "unfurl.js";
import { look, moved, violations, weight } from "./look.mjs";
import { expect, faults, foreign, told, within, write } from "./support.mjs";

const [program, token, overview, base, large, ...papers] = process.argv.slice(2);
const STORY = "/articles/tram-line-four";
const PLAIN = "/articles/three-days-of-fog";
const ARABIC = "/articles/mawsim-al-sardin";

const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });

/// From the front page to an address in a reader's hands.
async function walk() {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  await page.goto(base + "/");
  await page.click("nav a >> text=City");
  expect(new URL(page.url()).pathname === "/sections/city", `City leads to ${page.url()}`);
  await page.click("a[href^='/subscribe#code']");
  await within("the code for the section", () => page.locator("code", { hasText: "/embed/sections/city" }).isVisible());
  await page.goBack();
  await page.click(`a[href="${STORY}"]`);
  expect((await page.textContent("h1")).includes("North Quay"), "the article has no headline");
  const preview = page.locator("iframe.card");
  // It is not loaded before it is seen.
  const kept = await preview.getAttribute("height");
  await page.click("details.embed summary");
  await within("the preview's height", async () => (await preview.getAttribute("height")) !== kept);
  const found = {
    card: await preview.getAttribute("src"),
    code: await page.textContent(".embed code >> nth=0"),
    frame: await page.textContent(".embed code >> nth=1"),
    policy: await page.textContent(".embed code >> nth=2"),
    style: await page.textContent(".embed code >> nth=3"),
    day: await page.getAttribute(".meta a[href^='/days/']", "href"),
    author: await page.getAttribute("a.p-author", "href"),
    tag: await page.getAttribute(".tags a", "href"),
  };
  await page.click("footer.paper a");
  await page.click("button[data-copies] >> nth=0");
  await within("word that it was copied", async () => (await page.textContent("[role=status]")) === "Copied");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied === `${base}/feed.rss`, `copied ${copied}`);
  const feed = await fetch(copied);
  expect(feed.ok && (await feed.text()).includes("North Quay"), "the copied address is no feed");
  // Opened in the window the address leads to its place among the feeds, where its file can be had.
  await page.goto(copied);
  expect(new URL(page.url()).pathname === "/subscribe" && (await page.textContent("code:target")) === copied, `the opened feed leads to ${page.url()}`);
  await page.click("details:has(a[download]) summary >> nth=0");
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("a[download] >> nth=0")]);
  expect((await readFile(await file.path(), "utf8")).includes("<rss "), "the stored file is no feed");
  await page.goto(base + STORY);
  await page.click("#sections a >> text=Harbour");
  expect(new URL(page.url()).pathname === "/sections/harbour", `from an article the sections lead to ${page.url()}`);
  await page.goto(base + "/");
  await page.click("a[href='/days']");
  await page.click(`a[href="${found.day.slice(0, "/days/2026-11".length)}"]`);
  await page.click(`a[href="${found.day}"]`);
  await page.click(`a[href="${STORY}"]`);
  expect(new URL(page.url()).pathname === STORY, `the calendar leads to ${page.url()}`);
  await page.click(".p-author");
  await page.click("a[href='/authors']");
  await page.click("a[href='/authors/daniel-osei']");
  const portrait = page.locator(".profile img");
  expect(await portrait.evaluate((image) => image.complete && image.naturalWidth > 0), "the author's picture is not shown");
  await page.click("a[href='/authors']");
  await page.click(".lists a[href='/tags']");
  await page.click(`.names a[href="${found.tag}"]`);
  expect(new URL(page.url()).pathname === found.tag, `the list of tags leads to ${page.url()}`);
  await context.close();
  const captions = await (await fetch(`${base}/captions.json`)).json();
  return { ...found, photograph: new URL(captions.items[0].url).pathname };
}

async function see({ card, day, author, tag, photograph }) {
  for (const path of [
    "/", "/sections/city", "/sections/zh", STORY, PLAIN, ARABIC, day, author, tag, "/captions", photograph, "/subscribe",
    "/sections", "/newest", `${STORY}/more`, `${ARABIC}/more`, "/tags", "/authors", "/authors/daniel-osei", "/days", day.slice(0, "/days/2026-11".length), tag + day.slice("/days".length, "/days/2026-11".length), card, "/embed/sections/harbour", `/embed${photograph}`, `/embed${ARABIC}`, await wide(),
  ]) {
    faults.push(...await look(browser, base + path));
  }
  for (const path of ["/", "/archive/1", "/sections/s0/archive/1"]) {
    faults.push(...await look(browser, large + path));
  }
  faults.push(...await look(browser, overview));
  for (const nowhere of ["/articles/never-was", "/embed/articles/never-was"]) {
    // The browser says of any 404 that it is one.
    faults.push(...(await look(browser, base + nowhere)).filter((fault) => !fault.includes("status of 404")));
  }
  for (const paper of papers) {
    for (const path of ["/", STORY, `${STORY}/more`, ARABIC, photograph, "/subscribe", "/embed/sections/harbour"]) {
      faults.push(...await look(browser, paper + path));
    }
  }
  const bytes = await weight(browser, base + PLAIN);
  expect(bytes > 1000 && bytes < 40 * 1024, `an article without photographs takes ${bytes} bytes`);
}

/// An article that has a table wider than a telephone, and headings that skip a level.
async function wide() {
  const cells = (text) => `|${Array(12).fill(text).join("|")}|`;
  await write(base, token, "POST", "/api/v1/articles", {}, {
    section: "culture", slug: "tables", headline: "Tables", published: "2025-01-01T08:00:00Z",
    body: `#### Deep\n\n${cells("Heading")}\n${cells("---")}\n${cells("Incomprehensible")}\n\n## Part\n\n#### Deeper\n\nText.\n`,
  });
  return "/articles/tables";
}

/// The room that is kept for each kind of card is enough, on a telephone and in full width, and not far too much.
async function keepRoom({ photograph }) {
  const page = await (await browser.newContext()).newPage();
  // Around the ends of one line and of two, at each width.
  const notes = [12, 14, 24, 25, 28, 40, 56, 59].map((length) => "An error ".repeat(7).slice(0, length - 1) + ".");
  const story = await write(base, token, "POST", "/api/v1/articles", {}, {
    section: "city", headline: "Errors", published: "2026-11-20T08:00:00Z", public_note: notes[4],
    captions: notes.map((note, place) => ({ text: `Photograph ${place}`, public_note: note })),
  });
  const corrected = [story.state.url, ...story.captions.map(({ state }) => state.url)].map((url) => url.slice(base.length));
  for (const paper of [base, ...papers]) {
    for (const path of [...(paper === base ? corrected : []), STORY, PLAIN, ARABIC, "/articles/gangkou-zaoshi", photograph, "/sections/harbour", "/sections/zh"]) {
      const said = await (await fetch(`${paper}/oembed?url=${encodeURIComponent(paper + path)}`)).json();
      for (const width of [320, 600]) {
        await page.setViewportSize({ width, height: 50 });
        await page.goto(`${paper}/embed${path}`, { waitUntil: "networkidle" });
        const own = await page.evaluate(needed);
        expect(own <= said.height && said.height < own + 350, `for ${path} ${said.height} is kept, of which ${own} are needed at ${width}`);
      }
    }
  }
  await page.context().close();
}

/// What a card needs.
function needed() {
  const element = document.getElementById("card");
  return element && Math.ceil(element.getBoundingClientRect().height + 2 * element.offsetTop);
}

/// Behind an article a reader goes on: what follows comes into its page with nothing else moving, by keys as well, and the
/// address is copied.
async function goOn() {
  for (const [paper, width, path] of [[base, 1200, STORY], [base, 390, PLAIN], [base, 390, ARABIC], [papers[1], 390, STORY]]) {
    const context = await browser.newContext({
      viewport: { width, height: 800 }, bypassCSP: true, permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    await page.goto(paper + path, { waitUntil: "networkidle" });
    while (await page.evaluate(() => scrollY + innerHeight < document.body.scrollHeight - 1)) {
      await page.mouse.wheel(0, 400);
      await page.waitForTimeout(50);
    }
    await within(`what follows ${path}`, () => page.isVisible("nav.onward .brief a"));
    const shift = await moved(page);
    expect(shift === 0, `with what follows ${paper + path} moves by ${shift}`);
    const { blank } = await roomBelow(page);
    expect(blank < 2, `below what follows ${paper + path} ${blank} pixels stay blank`);
    faults.push(...(await violations(page)).map((fault) => `${paper + path} with what follows: ${fault}`));
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `what follows ${path} is wider than the screen`);
    await page.click(".foot .copy button");
    await within("word that the link was copied", async () => (await page.textContent("[role=status]")) !== "");
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied === paper + path, `copied ${copied}`);
    // By keys: the first of what follows is an article, and its author a page.
    await page.focus("nav.onward .beside a");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname !== path);
    expect(new URL(page.url()).pathname.startsWith("/articles/"), `what follows leads to ${page.url()}`);
    if (await page.isVisible("a.p-author")) await page.click("a.p-author");
    await context.close();
  }
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${base}/articles/never-was`);
  await within("the newest stories where nothing is", () => page.isVisible("nav.onward .brief a"));
  // They come while their place is in sight: the foot of the page stands at the end of the screen, and not a screen below.
  await within("an end of the room where nothing is", async () => (await roomBelow(page)).beyond < 2);
  const shift = await moved(page);
  expect(shift === 0, `with the newest stories the page where nothing is moves by ${shift}`);
  await page.click("nav.onward .brief a");
  await page.waitForURL((url) => url.pathname !== "/articles/never-was");
  expect(await page.isVisible(".e-content"), `from where nothing is a reader comes to ${page.url()}`);
  // Where it cannot be had the link stays.
  await page.route("**/more", (route) => route.abort());
  await page.goto(base + PLAIN, { waitUntil: "networkidle" });
  expect(await page.isVisible("nav.onward p a"), "without what follows there is no link to it");
  await page.context().close();
}

/// How much of the room for what follows is blank at its end, and how much of that lies below the screen.
function roomBelow(page) {
  return page.$eval("nav.onward", (place) => {
    const [room, last] = [place, place.lastElementChild].map((element) => element.getBoundingClientRect().bottom);
    return { blank: room - last, beyond: room - Math.max(last, innerHeight) };
  });
}

/// Of many sections the row shows the present one, with a script and without.
async function amongSections() {
  for (let number = 1; number <= 38; number += 1) {
    await write(base, token, "POST", "/api/v1/sections", {}, { slug: `section-${number}`, title: `Section no. ${number}` });
  }
  for (const [javaScriptEnabled, width] of [[true, 1200], [true, 390], [false, 1200], [false, 390]]) {
    const context = await browser.newContext({ javaScriptEnabled, viewport: { width, height: 800 } });
    const page = await context.newPage();
    for (const number of [1, 20, 38]) {
      await page.goto(`${base}/sections/section-${number}`, { waitUntil: "networkidle" });
      const [row, present] = await Promise.all(["nav.sections ul", "nav.sections [aria-current]"].map((at) => page.locator(at).boundingBox()));
      const isSeen = row.x - 1 <= present.x && present.x + present.width <= row.x + row.width + 1;
      expect(isSeen, `section ${number} is not in sight at ${width}, with scripts: ${javaScriptEnabled}`);
      const shift = javaScriptEnabled ? await moved(page) : 0;
      expect(shift === 0, `the page of section ${number} moves by ${shift}`);
    }
    await context.close();
  }
}

/// What runs from right to left does so in a paper that does not.
async function readBackwards() {
  const page = await (await browser.newContext()).newPage();
  await page.goto(base + ARABIC);
  const runs = (selector) => page.$eval(selector, (element) => getComputedStyle(element).direction);
  expect(await runs("h1") === "rtl" && await runs("header.paper") === "ltr", "the Arabic article does not run from right to left");
  // The colon stands between the word and the name that it announces, which is on the left.
  const sides = await page.evaluate(() => {
    const word = [...document.querySelectorAll("figcaption span")].find((element) => element.textContent === "Photograph");
    const range = document.createRange();
    range.setStart(word.nextSibling, 0);
    range.setEnd(word.nextSibling, 1);
    return [range.toString(), range.getBoundingClientRect().right - word.getBoundingClientRect().left];
  });
  expect(sides[0] === ":" && sides[1] < 1, `in an Arabic caption the colon of an English word stands at ${sides}`);
  await page.context().close();
}

/// Letters have the face and the emphasis of their script, and code has its own.
async function typeset() {
  const page = await (await browser.newContext()).newPage();
  const style = (selector) => page.$eval(selector, (element) => {
    const { fontStyle, textEmphasisStyle, fontWeight, fontFamily } = getComputedStyle(element);
    return { fontStyle, textEmphasisStyle, fontWeight: Number(fontWeight), fontFamily };
  });
  await page.goto(`${base}/articles/lao-chuanwu`);
  const han = await style(".e-content em");
  expect(han.fontStyle === "normal" && han.textEmphasisStyle !== "none", `Han emphasis is ${JSON.stringify(han)}`);
  await page.goto(base + ARABIC);
  const arabic = await style(".e-content em");
  expect(arabic.fontStyle === "normal" && arabic.fontWeight >= 600, `Arabic emphasis is ${JSON.stringify(arabic)}`);
  for (const paper of [base, ...papers]) {
    await page.goto(`${paper}/subscribe`);
    const code = await style(".copy code");
    expect(code.fontFamily.includes("monospace"), `code is in ${code.fontFamily} on ${paper}`);
  }
  await page.context().close();
}

/// Chinese headlines are broken between words, nothing moves by that, and they say what they said.
async function breakBetweenWords() {
  const path = "/articles/hangtianyuan";
  const words = ["加快", "普通", "高等", "学校", "质量", "服务", "体系", "意见》，", "中国", "空间", "顺利", "返回", "地球"];
  const said = await (await fetch(`${papers[0]}/articles/hangtianyuan.json`)).json();
  for (const width of [320, 350, 390, 420, 768, 1200]) {
    const page = await (await browser.newContext({ viewport: { width, height: 800 } })).newPage();
    await page.goto(papers[0] + path, { waitUntil: "networkidle" });
    const lines = await page.$eval("h1", inLines);
    const parted = words.filter((word) => !lines.some((line) => line.includes(word)));
    expect(parted.length === 0 && lines.length > 1, `at ${width} the headline's lines are ${lines.join(" / ")}`);
    const shift = await moved(page);
    expect(shift === 0, `at ${width} the page of a Chinese headline moves by ${shift}`);
    expect((await page.textContent("h1")) === said.items[0].title, "a broken headline says something else");
    await page.evaluate(() => getSelection().selectAllChildren(document.querySelector("h1")));
    expect((await page.evaluate(() => String(getSelection()))) === said.items[0].title, "a broken headline is copied as something else");
    await page.context().close();
  }
  // Where the script comes late, nothing moves either.
  const page = await (await browser.newContext({ viewport: { width: 350, height: 800 } })).newPage();
  for (const paper of [base, papers[0]]) {
    await page.route("**/page.js*", (route) => setTimeout(() => route.continue(), 500));
    for (const late of ["/", "/sections/zh", "/articles/lao-chuanwu"]) {
      await page.goto(paper + late, { waitUntil: "networkidle" });
      const shift = await moved(page);
      expect(shift === 0, `with a late script ${paper + late} moves by ${shift}`);
    }
  }
  await page.context().close();
}

/// The text of each line of an element, as it is shown.
function inLines(element) {
  const lines = [];
  let last;
  const texts = document.createNodeIterator(element, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    for (let place = 0; place < text.length; place += 1) {
      const range = document.createRange();
      range.setStart(text, place);
      range.setEnd(text, place + 1);
      const { top } = [...range.getClientRects()].at(-1);
      if (top > (last ?? -Infinity) + 5) lines.push("");
      last = top;
      lines.push(lines.pop() + text.data[place]);
    }
  }
  return lines;
}

/// Everything can be read and followed without a script.
async function withoutScripts() {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(base + "/");
  await page.click(`a[href="${STORY}"]`);
  expect(await page.isVisible(".e-content p"), "without scripts there is no text");
  expect(!await page.isVisible(".foot .copy button"), "without scripts there is a button that copies nothing");
  await page.click("nav.onward a");
  expect(new URL(page.url()).pathname === `${STORY}/more`, `without scripts the way on leads to ${page.url()}`);
  await page.click(".beside a");
  expect(await page.isVisible(".e-content p"), "without scripts there is no next story");
  await page.click("a.p-author");
  expect(new URL(page.url()).pathname.startsWith("/authors/"), `without scripts the author leads to ${page.url()}`);
  await page.goto(`${base}/articles/never-was`);
  await page.click("nav.onward a");
  expect(await page.isVisible(".brief a"), "without scripts there are no newest stories where nothing is");
  await page.goto(base + STORY);
  await page.click("details.embed summary");
  expect(await page.isVisible(".embed code >> nth=0"), "without scripts there is no code to copy");
  await page.click("footer.paper a");
  expect(await page.isVisible(`text=${base}/feed.rss`), "without scripts there is no address to copy");
  expect(!await page.isVisible(".copy button >> nth=0"), "without scripts there are buttons that do nothing");
  // By keys from the newest story to the oldest, and from there to the days.
  await page.goto(`${large}/`);
  const lists = [new URL(page.url()).pathname];
  while (await page.isVisible("a[rel=prev]")) {
    await Promise.all([page.waitForURL((url) => url.pathname !== lists.at(-1)), page.press("a[rel=prev]", "Enter")]);
    lists.push(new URL(page.url()).pathname);
  }
  expect(lists.length > 2 && lists.at(-1) === "/archive/1", `without scripts older stories are at ${lists}`);
  await Promise.all([page.waitForURL(`${large}/days`), page.press(".lists a[href='/days']", "Enter")]);
  await context.close();
}

/// On a slow line a logo does not stand where the paper's name will: it is seen with it.
async function slowly() {
  const context = await browser.newContext({ viewport: { width: 390, height: 900 } });
  const page = await context.newPage();
  const whole = await (await fetch(base + "/")).text();
  const name = /<span>The Merrow Bay Courier<\/span>/.exec(whole).index;
  for (const [end, meant] of [[name, false], [name + "<span>".length, false], [whole.length, true]]) {
    await page.route(base + "/", (route) => route.fulfill({ contentType: "text/html", body: whole.slice(0, end) }));
    await page.goto(base + "/", { waitUntil: "networkidle" });
    const shown = await page.isVisible(".plate img");
    expect(shown === meant, `of ${end} bytes of the front page the logo is ${shown ? "" : "not "}shown`);
    await page.unroute(base + "/");
  }
  await context.close();
}

/// On paper there is the text and nothing to press.
async function print() {
  const page = await (await browser.newContext()).newPage();
  await page.goto(base + STORY);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  expect(await page.isVisible("h1") && await page.isVisible("figure img"), "the printed page lacks something");
  for (const left of ["nav", ".embed", "footer.paper a", ".foot .copy"]) {
    expect(!await page.isVisible(left), `the printed page has ${left}`);
  }
  const inks = await page.evaluate(() => {
    const style = getComputedStyle(document.documentElement);
    return ["ink", "paper", "box"].map((name) => style.getPropertyValue(`--${name}`));
  });
  expect(inks.join() === "#000,#fff,#fff", `the printed page is ${inks}`);
  expect((await page.pdf()).length > 1000, "there is no printed page");
  await page.context().close();
}

/// Whoever reads the pages' marks (microformats) learns what the feeds say.
async function marked({ photograph }) {
  const items = async (path) => mf2(await (await fetch(base + path)).text(), { baseUrl: base + path }).items;
  const same = (found, meant, what) =>
    expect(JSON.stringify(found) === JSON.stringify(meant), `${what}: ${JSON.stringify(found)}, not ${JSON.stringify(meant)}`);
  const told = (said) => said?.map((one) => one.value ?? one);
  const seconds = (moment) => Date.parse(moment) / 1000;
  const feed = (await (await fetch(`${base}/feed.json`)).json()).items;

  const [list] = await items("/");
  same(list.type, ["h-feed"], "the front page's mark");
  // People read them by the day on which they came, a feed by the last change.
  const entries = (all) => all.map(([title, url]) => `${title} ${url}`).sort();
  same(entries(list.children.map(({ properties: { name, url } }) => [name[0], url[0]])), entries(feed.map(({ title, url }) => [title, url])),
    "the front page's entries");

  const [{ type, properties: story }] = await items(STORY);
  const meant = feed.find(({ url }) => url === base + STORY);
  same(type, ["h-entry"], "the article's mark");
  same([story.name, story.url], [[meant.title], [meant.url]], "the article's name and address");
  same(story.published.map(seconds), [seconds(meant.date_published)], "the article's date");
  same(told(story.author), meant.authors.map(({ name }) => name), "the article's authors");
  same(told(story.category), meant.tags, "the article's tags");
  expect(story.content[0].value.includes("medieval tannery"), "the article's text is not marked");

  const [{ properties: picture }] = await items(photograph);
  const caption = (await (await fetch(`${base}/captions.json`)).json()).items[0];
  same([picture.url[0], told(picture.author)], [caption.url, caption.authors.map(({ name }) => name)], "the photograph's marks");
  expect(picture.photo[0].startsWith?.(`${base}/media/`), `the photograph lies at ${JSON.stringify(picture.photo)}`);
}

/// Who knows nothing but the article's address finds its card.
async function consume({ card }) {
  const known = await unfurl(base + STORY);
  expect(known.oEmbed?.type === "rich" && known.oEmbed.html?.includes(card), "the card is not found by the article's address");
  expect(known.open_graph?.images?.length > 0, "no picture is found by the article's address");
}

/// The element on a page whose site allows what the paper says it has to, and nothing else.
async function standElsewhere({ card, code, frame: alone, policy, style, photograph }) {
  const strict = `default-src 'none'; style-src 'nonce-host'; ${policy.replace("script-src", "script-src 'nonce-host'")}`;
  const styled = (more) => `<style nonce="host">${style} ${more}</style>`;
  const bare = code.replace(/ style="[^"]*"/, "");
  const around = (element) => `<!doctype html><title>Host</title><p>Above</p>${element}<p id="below">Below</p>`;
  const of = (path, height) => bare.replace(STORY, path).replace(/ height="\d+"/, ` height="${height}"`);
  const short = code.replace(/>[^<]+<\/a>/, ">Read</a>");
  const { html: quoted } = await (await fetch(`${base}/oembed?url=${encodeURIComponent(base + STORY)}`)).json();
  const pages = {
    "/loose": { html: around(code) },
    "/strict": { html: around(styled("news-article { --news-article-ink: rgb(1, 2, 3); }") + bare), policy: strict },
    "/link": { html: around(styled("") + bare.replace(/<script.*?<\/script>/, "")), policy: strict },
    "/low": { html: around(of(STORY, 60)) },
    "/photograph": { html: around(of(photograph, 60)) },
    "/section": { html: around(of("/sections/harbour/", 60)) },
    "/elsewhere": { html: around(bare.replace(`href="${base}`, 'href="https://elsewhere.example')) },
    "/nothing": { html: around(code.replace(STORY, "/articles/never-was")) },
    "/quoted": { html: around(quoted) },
    "/narrow": { html: `${around(`<div style="display:flex">${short}</div>`)}<div style="float:left">${short}</div>
      <div style="display:flex;flex-direction:column;align-items:center">${short}</div>` },
    "/frame": { html: around(`<meta name="viewport" content="width=device-width">${alone}`) },
    "/isolated": { html: around(of(STORY, 60)), isolated: true },
    "/deep": { html: around(`<div style="height:900px"></div>${code}`) },
    "/two": { html: around(code + code.replaceAll(base, papers[0])) },
    "/sandbox": { html: around(`<script nonce="host">
      addEventListener("message", (event) => { (window.told ??= []).push([event.origin, event.data]); });
      </script><iframe src="${base}${card}#?secret=s3cret" sandbox="allow-scripts" width="600" height="300"></iframe>`), policy: strict },
  };
  const host = await foreign(pages);
  const context = await browser.newContext();
  const guest = await context.newPage();
  const complaints = [];
  guest.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
  const frame = (path = STORY, paper = base) => guest.frames().find((one) => one.url() === `${paper}/embed${path}`);
  const own = (path) => frame(path)?.evaluate(needed);
  const height = () => guest.evaluate(() => Number(document.querySelector("news-article").shadowRoot?.querySelector("iframe.shown")?.height));
  const link = () => guest.isVisible("news-article a");

  await guest.goto(`${host.address}/link`);
  expect(await link(), "without the script there is no link");
  for (const width of [390, 1000]) {
    await guest.setViewportSize({ width, height: 900 });
    for (const path of ["/loose", "/strict"]) {
      await guest.goto(host.address + path);
      await within("the card", async () => frame() && (await frame().textContent("body")).includes("North Quay"));
      await within("room for the card", async () => (await own()) > 50 && (await own()) <= (await height()) && !await link());
      const shift = await moved(guest);
      expect(shift === 0, `with the card on a screen of ${width} the page ${path} moves by ${shift}`);
    }
  }
  const ink = await frame()?.evaluate(() => getComputedStyle(document.getElementById("card")).color);
  expect(ink === "rgb(1, 2, 3)", `the host's colour is ${ink}`);
  expect((await context.cookies()).length === 0, "there are cookies");

  // What is too low grows, also where there is less width; and a card of each kind is found by its page.
  for (const [path, known] of [["/photograph", photograph], ["/section", "/sections/harbour"], ["/low", STORY]]) {
    await guest.goto(host.address + path);
    await within(`the height of ${path}`, async () => (await own(known)) > 60 && (await own(known)) === (await height()));
  }
  for (const width of [200, 1000]) {
    await guest.setViewportSize({ width, height: 900 });
    await within(`the height at a width of ${width}`, async () => (await own()) === (await height()));
  }
  // The frame alone is no wider than a telephone.
  await guest.setViewportSize({ width: 320, height: 700 });
  await guest.goto(`${host.address}/frame`);
  await within("the card in a frame", async () => (await guest.frames().find((one) => one.url() === base + card)?.isVisible("h1")) === true);
  expect(await guest.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the copied frame is wider than the page");
  await guest.setViewportSize({ width: 1280, height: 720 });

  // Below what is seen it gives back the room that it does not need.
  await guest.goto(`${host.address}/deep`);
  const element = () => guest.evaluate(() => document.querySelector("news-article").getBoundingClientRect().height);
  await within("the height of what is not seen yet", async () => (await own()) === (await height()) && (await own()) === (await element()));
  await guest.goto(`${host.address}/low`);
  const point = (href) => guest.evaluate((href) => {
    const element = document.querySelector("news-article");
    if (href) element.setAttribute("href", href);
    else element.removeAttribute("href");
  }, href);
  await point(base + PLAIN);
  await within("the card of another address", async () => !frame() && (await own(PLAIN)) === (await height()));
  await point(null);
  await within("the link where there is no address", async () => guest.frames().length === 1 && await link());
  await guest.goto(`${host.address}/two`);
  await within("cards of two papers", async () => frame() && frame(STORY, papers[0]) &&
    (await guest.evaluate(() => [...document.querySelectorAll("news-article")].every((one) => one.shadowRoot?.querySelector("iframe.shown")))));
  await guest.goto(`${host.address}/isolated`);
  await within("the card on an isolated page", async () => (await own()) === (await height()) && await frame().isVisible("h1") && await frame().evaluate(() =>
    [...document.images].every((one) => one.naturalWidth > 0) && document.styleSheets.length === 1));
  await guest.goto(`${host.address}/elsewhere`);
  expect(await link() && guest.frames().length === 1, "a card of another paper is shown");
  expect(complaints.length === 0, `the foreign page says ${complaints.join("; ")}`);
  // Where there is nothing the link stands alone, and takes no more room than it needs.
  await guest.goto(`${host.address}/nothing`, { waitUntil: "networkidle" });
  await within("the link in the place of a card", async () => guest.frames().length === 1 && await link() && (await element()) < 40);
  // On a page that is all light the card of a dark screen ends with its border, too.
  const dark = await (await browser.newContext({ colorScheme: "dark" })).newPage();
  for (const path of ["/loose", "/frame", "/quoted"]) {
    await dark.goto(host.address + path, { waitUntil: "networkidle" });
    await within(`a card that ends with its border at ${path}`, async () => await below(dark) === WHITE);
    expect(await headlines(dark) === 1, `at ${path} the headline stands there twice`);
  }
  await dark.context().close();
  await guest.goto(`${host.address}/narrow`);
  await within("cards whose host is as wide as what is in it", () => guest.evaluate(() => {
    const frames = [...document.querySelectorAll("news-article")].map((one) => one.shadowRoot?.querySelector("iframe.shown"));
    return frames.length === 3 && frames.every((one) => one?.clientWidth >= 300);
  }));

  await guest.goto(`${host.address}/sandbox`);
  await within("the height in the words of WordPress", () => guest.evaluate(() =>
    (window.told ?? []).some(([origin, data]) => origin === "null" && data.message === "height" && data.value > 50 && data.secret === "s3cret")));
  await context.close();
  host.close();
}

const WHITE = "255,255,255";

/// The colour of the last line of pixels in a card's frame, within its width.
async function below(page) {
  const { x, y, width, height } = await page.locator("iframe").boundingBox();
  const shot = await page.screenshot({ clip: { x: x + width / 2, y: y + height - 2, width: 1, height: 1 }, fullPage: true });
  return page.evaluate(async (source) => {
    const context = document.createElement("canvas").getContext("2d");
    const image = new Image();
    image.src = source;
    await image.decode();
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, 1, 1).data.slice(0, 3).join();
  }, `data:image/png;base64,${shot.toString("base64")}`);
}

/// How often a page shows the headline, its cards counted in.
async function headlines(page) {
  const counts = await Promise.all(page.frames().map((frame) => frame.locator("a:visible", { hasText: "First tram" }).count()));
  return counts.reduce((sum, count) => sum + count, 0);
}

/// What the desk does stands on the foreign page with the next look, in a frame and in the element.
async function follow({ code }) {
  const made = await write(base, token, "POST", "/api/v1/articles", {}, {
    section: "city", slug: "a-bridge", headline: "A bridge", published: "2026-11-20T08:00:00Z", body: "It opens.",
  });
  const id = made.id.replace("urn:uuid:", "");
  const card = `${base}/embed/a/${id}`;
  const element = code.replace(STORY, "/articles/a-bridge");
  const host = await foreign({ "/": { html: `<!doctype html><title>Host</title>${element}<iframe src="${card}" width="600" height="300"></iframe>` } });
  const guest = await (await browser.newContext()).newPage();
  const shows = async (what, text, not = "nowhere") => {
    await guest.goto(host.address);
    await within(what, async () => {
      const cards = guest.frames().filter((one) => one.url() === card || one.url() === `${base}/embed/articles/a-bridge`);
      const texts = await Promise.all(cards.map((one) => one.textContent("body").catch(() => "")));
      return texts.length === 2 && texts.every((said) => said.includes(text) && !said.includes(not));
    });
  };
  const article = `/api/v1/articles/${id}`;
  await shows("a card with its headline", "A bridge");
  const corrected = await write(base, token, "POST", `${article}/correct`, { "if-match": "*" }, { public_note: "It opens on Monday." });
  await shows("a card with its correction", "It opens on Monday.");
  await write(base, token, "POST", `${article}/retract`, { "if-match": corrected.state.etag }, { public_note: "There is no bridge." });
  await shows("a card with a notice", "There is no bridge.");
  await within("the small room of a notice", () => guest.evaluate(() => document.querySelector("news-article").offsetHeight < 200));
  await write(base, token, "POST", `${article}/kill`, {}, {});
  await shows("a card of what was withdrawn, without its headline", "Withdrawn", "A bridge");
  host.close();
}

/// Does one of the walks, and says how long it took.
async function walked(walk, found) {
  const begin = Date.now();
  const learned = await walk(found);
  console.log(`${walk.name}: ${Math.round((Date.now() - begin) / 1000)} s`);
  return learned;
}

try {
  const found = await walked(walk);
  for (const one of [
    see, goOn, readBackwards, typeset, breakBetweenWords, withoutScripts, slowly, print, marked, consume, keepRoom, standElsewhere, follow,
    amongSections,
  ]) {
    await walked(one, found);
  }
} catch (error) {
  expect(false, error.stack);
} finally {
  await browser.close();
}
told();
