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

class Browser {
    constructor(chromium) {
        this.chromium = chromium;
    }

    static async launch({ modules, chromium }) {
        const playwright = require(path.join(modules, "playwright-core"));
        return new Browser(await playwright.chromium.launch({ executablePath: chromium, headless: true, args: FLAGS }));
    }

    close() {
        return this.chromium.close();
    }

    // A page of its own context (playwright's options) at this address. Closed with the test.
    async open(test, url, options = {}) {
        return this.openTab(await this.openContext(test, options), url);
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
    async openElsewhere(test, text = "<!doctype html><title>elsewhere</title>", name = "127.0.0.1") {
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

// Asks again and again until the answer is true; gives it.
async function until(what, ask, seconds = 20) {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
        const answer = await ask();
        if (answer)
            return answer;
        if (Date.now() > deadline)
            throw new Error(`${what}: not in ${seconds} s`);
        await new Promise((resolve) => setTimeout(resolve, 25));
    }
}

module.exports = { Browser, listen, noted, until };
