// Chromium as a visitor of the site behind a proxy. Reads commands from standard input, a line of JSON each, and answers
// each with a line; browser_cases.py, which asks, decides what must be true. Ends with its input.
"use strict";

const path = require("node:path");
const readline = require("node:readline");
const { Browser, listen, noted, until } = require("../browser/chromium.js");

const [modules, chromium] = process.argv.slice(2).map((argument) => path.resolve(argument));
const cleanUps = [];
const test = { cleanUp: (work) => cleanUps.push(work) };
const pages = {};

const commands = {
    async open({ page, url }) {
        pages[page] = await browser.open(test, url, { ignoreHTTPSErrors: true });
    },
    // An EventSource in a page; `noted` tells what has become of it so far.
    async listen({ page, url }) {
        await pages[page].evaluate(listen, { name: "it", url });
    },
    async noted({ page }) {
        return noted(pages[page], "it");
    },
    // The same, for who asks again and again: how many events there are, instead of all.
    async counts({ page }) {
        return pages[page].evaluate(() => {
            const { source, events, opened } = window.sources.it;
            return { events: events.length, opened, state: source.readyState };
        });
    },
    // Writes in the form of the program's page, and waits for the text in its tail.
    async send({ page, text, shown }) {
        await pages[page].fill("#send-value", text);
        await pages[page].click("#send button.main");
        await until("the tail shows it", () => pages[page].evaluate(
            (wanted) => document.querySelector("#events").innerText.includes(wanted), shown));
    },
    async complaints({ page }) {
        return pages[page].complaints;
    },
    // Which HTTP the page was loaded with.
    async protocol({ page }) {
        return pages[page].evaluate(() => performance.getEntriesByType("navigation")[0].nextHopProtocol);
    },
};

let browser;

async function main() {
    browser = await Browser.launch({ modules, chromium });
    cleanUps.push(() => browser.close());
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const { command, ...given } = JSON.parse(line);
        const answer = await commands[command](given)
            .then((result) => ({ result }), (error) => ({ error: error.stack }));
        console.log(JSON.stringify(answer));
    }
    for (const work of cleanUps.reverse())
        await work();
}

main().then(() => process.exit(0), (error) => {
    console.error(error);
    process.exit(1);
});
