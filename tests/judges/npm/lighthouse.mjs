// Lighthouse looks at pages.
//
//     lighthouse.mjs CHROMIUM ADDRESS…
//
// Prints a line for each page, and exits 1 with a line for each fault.

import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";
import { expect, faults, told } from "./support.mjs";

const [program, ...addresses] = process.argv.slice(2);
const WHOLE = ["accessibility", "best-practices", "seo"];

/// What an article without photographs may take, in bytes.
const MAX_BYTES = 40_000;

/// Of a hundred, for what is measured of time.
const MIN_PERFORMANCE = 95;

const chrome = await launch({ chromePath: program, chromeFlags: ["--headless", "--no-sandbox"] });

/// The audits of a category that did not pass.
function failed(report, { auditRefs }) {
  const audits = auditRefs.filter(({ weight }) => weight > 0).map(({ id }) => report.audits[id]);
  return audits.filter(({ score }) => score !== null && score < 1).map(({ id, explanation }) => [id, explanation].filter(Boolean).join(": "));
}

const flags = { port: chrome.port, logLevel: "error" };

const percent = ({ score }) => Math.round(score * 100);

async function look(address) {
  const { lhr: report } = await lighthouse(address, flags);
  if (report.runtimeError) {
    faults.push(`${address}: ${report.runtimeError.message}`);
    return;
  }
  const { categories, audits } = report;
  for (const name of WHOLE) {
    const missing = failed(report, categories[name]);
    expect(missing.length === 0, `${address}: ${name}: ${missing.join("; ")}`);
  }
  const shift = audits["cumulative-layout-shift"].numericValue;
  expect(shift === 0, `${address}: moves by ${shift}`);
  const bytes = audits["total-byte-weight"].numericValue;
  const plain = (audits["network-requests"].details?.items ?? []).every(({ resourceType }) => resourceType !== "Image");
  expect(!plain || bytes < MAX_BYTES, `${address}: ${bytes} bytes without a photograph`);
  const scores = Object.entries(categories).map(([name, category]) => `${name} ${percent(category)}`);
  if (percent(categories.performance) < MIN_PERFORMANCE) {
    // Machines are busy at times: it is slow where a second look says so.
    const { lhr: again } = await lighthouse(address, { ...flags, onlyCategories: ["performance"] });
    const second = percent(again.categories.performance);
    scores.push(`performance again ${second}`);
    expect(second >= MIN_PERFORMANCE, `${address}: performance ${percent(categories.performance)}, then ${second}`);
  }
  console.log(`${new URL(address).pathname}: ${scores.join(", ")}, ${bytes} bytes`);
}

for (const address of addresses) await look(address);
await chrome.kill();
told();
