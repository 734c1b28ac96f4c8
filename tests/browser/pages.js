// Pages for people: the program's own at GET /, and the lines of HTML that the top README shows.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { until } = require("./chromium.js");
const { takePictures } = require("./screenshots.js");
const { Tailrace } = require("./tailrace.js");

const MARK = "seen-by-the-browser";

function bodyHolds(page, text) {
    return page.evaluate((wanted) => document.body.innerText.includes(wanted), text);
}

async function firstPage(test) {
    const server = await Tailrace.start(test);
    const answer = await fetch(`${server.origin}/`);
    await answer.arrayBuffer();
    if (answer.status === 404)
        throw new Error("there is no page at /");
    await server.call("PUT", "/topics/first-page");
    const page = await test.browser.open(test, `${server.origin}/`);
    await until("the page names the topic", () => bodyHolds(page, "first-page"));
    assert.deepEqual(page.complaints, []);
}

// A block of HTML in the README that listens: served as it stands, but for the address, by another server and by the program
// itself (--static), it shows what is sent.
async function linesOfTheReadme(test) {
    const readme = fs.readFileSync(path.join(test.root, "README.md"), "utf8");
    const block = [...readme.matchAll(/^```html\n(.*?)^```$/gms)].map(([, text]) => text)
        .find((text) => text.includes("EventSource"));
    if (block === undefined)
        throw new Error("the README has no EventSource");
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tailrace-readme-"));
    test.cleanUp(() => fs.rmSync(folder, { recursive: true }));
    const server = await Tailrace.start(test, "--static", folder);
    const topics = new Set([...block.matchAll(/\/topics\/([\w.-]+)\/events/g)].map(([, name]) => name));
    for (const [, names] of block.matchAll(/topics=([\w.,-]+)/g))
        names.split(",").forEach((name) => topics.add(name));
    for (const name of topics)
        await server.call("PUT", `/topics/${name}`);
    const text = block.replaceAll(/(127\.0\.0\.1|localhost):8080/g, server.address);
    fs.writeFileSync(path.join(folder, "lines.html"), text);
    fs.writeFileSync(path.join(folder, "favicon.ico"), ""); // which a browser asks for by itself
    const pages = [await test.browser.openElsewhere(test, text),
                   await test.browser.open(test, `${server.origin}/lines.html`)];
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const name of topics)
        await server.call("POST", `/topics/${name}/events`, { page: `/${MARK}`, visitor: MARK });
    for (const page of pages) {
        await until("the page shows the event", () => bodyHolds(page, MARK));
        assert.deepEqual(page.complaints, []);
    }
}

// The command for pictures works, and the one for the README is as small as a README wants it.
async function pictures(test) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tailrace-pictures-"));
    test.cleanUp(() => fs.rmSync(folder, { recursive: true }));
    await takePictures({ ...test, out: folder });
    const { size } = fs.statSync(path.join(folder, "screenshot.png"));
    assert.ok(size > 20000 && size < 150000, `${size} bytes`);
}

module.exports = {
    "pages: the first page": firstPage,
    "pages: the lines of HTML in the README": linesOfTheReadme,
    "pages: pictures of it": pictures,
};
