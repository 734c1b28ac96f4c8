// Debian's Chromium, driven by playwright-core, and the pages that tests run in, each with an origin of its own.
"use strict";

const http = require("node:http");
const path = require("node:path");

const FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-default-apps", "--disable-domain-reliability", "--disable-sync",
    "--no-first-run", "--no-default-browser-check", "--metrics-recording-only", "--no-proxy-server",
    // Nothing but this machine has a name, one of them foreign to the program, one of a site behind a proxy: a browser
    // cannot call anywhere.
    "--host-resolver-rules=MAP evil.example 127.0.0.1, MAP events.example.test 127.0.0.1, MAP * ~NOTFOUND, " +
        "EXCLUDE localhost, EXCLUDE 127.0.0.1",
    // What keeps pages from the program here must be the program, not the browser.
    "--disable-features=LocalNetworkAccessChecks",
];

// Serves one text as HTML at every path, on a free port, under a name of this machine.
function serveText(text, name) {
    const server = http.createServer((_, response) => {
        response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" });
        response.end(text);
    });
    return new Promise((resolve) => {
        server.listen(0, "127.0.0.1", () => resolve({
            origin: `http://${name}:${server.address().port}`,
            close: () => new Promise((done) => {
                server.closeAllConnections();
                server.close(done);
            }),
        }));
    });
}

const EMPTY = "<!doctype html><title>elsewhere</title>";
const OWN_NAME = "127.0.0.1";

class Browser {
    constructor(chromium, resting) {
        this.chromium = chromium;
        this.resting = resting; // the server of an empty page, where shared pages wait for the next test
        this.shared = []; // pages that no test has now
    }

    static async launch({ modules, chromium }) {
        const playwright = require(path.join(modules, "playwright-core"));
        const launched = await playwright.chromium.launch({ executablePath: chromium, headless: true, args: FLAGS });
        return new Browser(launched, await serveText(EMPTY, OWN_NAME));
    }

    async close() {
        await this.chromium.close();
        await this.resting.close();
    }

    // A page at this address, in a context that no other page of the test has. With playwright's options, or under another
    // name than this machine's own, both are new and closed with the test.
    async open(test, url, options) {
        if (!options && url && new URL(url).hostname === OWN_NAME)
            return this.borrow(test, url);
        return this.openTab(await this.openContext(test, options), url);
    }

    // A page that tests have one after the other: a new one with a process of its own costs four times as much.
    async borrow(test, url) {
        const page = this.shared.pop() || await this.openTab(await this.chromium.newContext());
        test.cleanUp(() => this.giveBack(page));
        page.complaints = [];
        await page.goto(url);
        return page;
    }

    // It forgets what the test did: script and listeners with the document, storage by itself.
    async giveBack(page) {
        const browsing = page.context();
        if (page.isClosed() || browsing.pages().length > 1) {
            await browsing.close();
            return;
        }
        await page.goto(this.resting.origin);
        const session = await browsing.newCDPSession(page);
        await session.send("Storage.clearDataForOrigin", { origin: "*", storageTypes: "all" });
        await session.detach();
        this.shared.push(page);
    }

    // What tabs share: connections, storage. Closed with the test.
    async openContext(test, options = {}) {
        const browsing = await this.chromium.newContext(options);
        test.cleanUp(() => browsing.close());
        return browsing;
    }

    // One more page of a context; `complaints` collects what it says went wrong.
    async openTab(browsing, url) {
        const page = await browsing.newPage();
        page.setDefaultTimeout(30000);
        page.complaints = [];
        page.on("pageerror", (error) => page.complaints.push(`error: ${error}`));
        page.on("console", (message) => {
            if (message.type() === "error")
                page.complaints.push(message.text());
        });
        if (url)
            await page.goto(url);
        return page;
    }

    // An empty page whose origin is not the program's.
    async openElsewhere(test, text = EMPTY, name = OWN_NAME) {
        const server = await serveText(text, name);
        test.cleanUp(server.close);
        return this.open(test, server.origin);
    }
}

// Runs in the page: an EventSource under `name` that notes all that it says, in window.sources[name].
function listen({ name, url }) {
    const source = new EventSource(url);
    const noted = { source, events: [], opened: 0, errors: 0 };
    window.sources = Object.assign(window.sources || {}, { [name]: noted });
    source.onopen = () => noted.opened++;
    source.onerror = () => noted.errors++;
    for (const type of ["message", "gap", "end", "x"])
        source.addEventListener(type, (event) => noted.events.push([type, event.data, event.lastEventId]));
}

// What an EventSource of a page has noted so far; `state` is 0 connecting, 1 open, 2 closed for ever.
function noted(page, name) {
    return page.evaluate((wanted) => {
        const { source, events, opened, errors } = window.sources[wanted];
        return { events, opened, errors, state: source.readyState };
    }, name);
}

// Asks again and again until the answer is true; gives it. What takes long is asked for less often: three processes work
// on a question to a page.
async function until(what, ask, seconds = 20) {
    const deadline = Date.now() + seconds * 1000;
    for (let pause_ms = 10; ; pause_ms = Math.min(pause_ms * 1.5, 200)) {
        const answer = await ask();
        if (answer)
            return answer;
        if (Date.now() > deadline)
            throw new Error(`${what}: not in ${seconds} s`);
        await new Promise((resolve) => setTimeout(resolve, pause_ms));
    }
}

module.exports = { Browser, listen, noted, until };
