// The page at GET / and its stream: many tabs over six connections, hidden tabs, a server or a proxy that goes and
// comes.
"use strict";

const assert = require("node:assert/strict");
const { until } = require("./chromium.js");
const { notes, openConsole, places, placesOf, setHidden, shows, stateIs, streamsOf } = require("./console.js");
const { Proxy } = require("./proxy.js");
const { Tailrace } = require("./tailrace.js");

const TABS = 7;
const STREAMS_MAX = 4; // web/slot.js

async function serve(test, count, ...flags) {
    const server = await Tailrace.start(test, ...flags);
    await server.call("PUT", "/topics/t");
    await send(server, count);
    return server;
}

async function send(server, count) {
    await server.call("POST", "/topics/t/events", JSON.stringify([...Array(count).keys()]));
}

// Without a stream, the events after the first one are shown all the same.
async function polls(server, page) {
    await stateIs(page, "live, polling every second");
    await send(server, 2);
    await shows(page, placesOf("t", 0, 2, 0));
}

// All visible at once, as in seven windows: each loads, shows what arrives, and can send.
async function sevenTabs(test, name) {
    const server = await serve(test, 1, "--host", name, "--cors-origin", "*");
    const browsing = await test.browser.openContext(test);
    const origin = server.origin.replace("127.0.0.1", name);
    const tabs = [];
    for (let number = 0; number < TABS; number++)
        tabs.push(await openConsole(test, origin, "t", browsing));
    await Promise.all(tabs.map((tab) => shows(tab, ["t/0/0"])));
    await until("four have a stream", async () => await streamsOf(server) === STREAMS_MAX);
    for (let number = 0; number < TABS; number++) {
        await tabs[number].locator("#send button.main").click();
        await tabs[number].locator("#sent", { hasText: `offset ${number + 1}` }).waitFor({ timeout: 5000 });
    }
    await Promise.all(tabs.map((tab) => shows(tab, placesOf("t", 0, TABS, 0))));
    assert.equal(await streamsOf(server), STREAMS_MAX);
    // A tab that goes elsewhere leaves its slot to another.
    const asking = await Promise.all(tabs.map((tab) => tab.locator("#state").textContent()));
    const [streaming] = tabs.filter((_, number) => asking[number] === "live");
    await streaming.goto("about:blank");
    await until("another takes the slot", async () => {
        const rest = tabs.filter((tab) => tab !== streaming);
        const states = await Promise.all(rest.map((tab) => tab.locator("#state").textContent()));
        return states.filter((state) => state === "live").length === STREAMS_MAX;
    });
    await until("there are four streams", async () => await streamsOf(server) === STREAMS_MAX);
    await send(server, 3);
    await Promise.all(tabs.filter((tab) => tab !== streaming).map((tab) => shows(tab, placesOf("t", 0, TABS + 3, 0))));
    for (const tab of tabs)
        assert.deepEqual(tab.complaints, []);
}

// A tab that has gone without a word: its slot is free when the lease is over.
async function leasesRunOut(test) {
    const server = await serve(test, 1);
    const page = await openConsole(test, server.origin);
    await stateIs(page, "live");
    const free = await page.evaluate(async () => {
        const leased = (until) => {
            for (let number = 0; number < SLOTS; number++)
                localStorage.setItem(`tailrace-stream-${number}`, `gone ${until}`);
        };
        const slot = new StreamSlot();
        const seen = [];
        for (const until of [Date.now() + 5000, Date.now() - 1, Date.now() + 3600000, "x"]) {
            leased(until);
            seen.push(await slot.take(() => {}));
            slot.release();
        }
        Object.defineProperty(window, "localStorage", { get: () => { throw new Error("refused"); } });
        seen.push(await slot.take(() => {}));
        return seen;
    });
    assert.deepEqual(free, [false, true, true, true, false]);
}

// Its slot was taken while it slept: it goes on with pages, and then with a stream again.
async function aLostSlot(test) {
    const server = await serve(test, 1);
    const page = await openConsole(test, server.origin, "t");
    await stateIs(page, "live");
    await page.evaluate(() => {
        for (let number = 0; number < SLOTS; number++)
            localStorage.setItem(`tailrace-stream-${number}`, `other ${Date.now() + 6000}`);
    });
    await stateIs(page, "live, polling every second");
    assert.equal(await streamsOf(server), 0);
    await polls(server, page);
    await stateIs(page, "live");
    await send(server, 2);
    await shows(page, placesOf("t", 0, 4, 0));
}

// A hidden tab gives its stream back, and goes on exactly there.
async function hiddenTabs(test) {
    const server = await serve(test, 20);
    const page = await openConsole(test, server.origin, "t");
    await shows(page, placesOf("t", 0, 19, 0));
    let next = 20;
    for (let turn = 0; turn < 3; turn++) {
        await stateIs(page, "live");
        const writing = send(server, 5); // while it is hidden, and while it comes and goes
        await setHidden(page, true);
        await writing;
        await until("the stream is closed", async () => await streamsOf(server) === 0);
        await page.waitForTimeout(300); // what came before the end may be drawn a moment after it
        const before = await places(page);
        await send(server, 10);
        await page.waitForTimeout(1500);
        assert.deepEqual(await places(page), before);
        await setHidden(page, false);
        next += 15;
        await shows(page, placesOf("t", 0, next - 1, 0));
    }
    // Hidden before it had begun to read.
    const browsing = await test.browser.openContext(test);
    await browsing.addInitScript(() => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
    });
    const late = await openConsole(test, server.origin, "t", browsing);
    await late.waitForTimeout(500);
    assert.deepEqual(await places(late), []);
    await setHidden(late, false);
    await shows(late, placesOf("t", 0, next - 1, 0));
}

// A proxy that answers 502 closes the stream for good; when it passes on again, so does the page, without loss or
// doubles.
async function aStreamClosedForGood(test) {
    const server = await serve(test, 3);
    const proxy = await Proxy.start(test, server);
    const page = await openConsole(test, proxy.origin, "t");
    await shows(page, placesOf("t", 0, 2, 0));
    let count = 3;
    for (const status of [502, 503]) {
        await stateIs(page, "live");
        await send(server, 1);
        count += 1;
        await shows(page, placesOf("t", 0, count - 1, 0));
        proxy.refuse(status);
        await stateIs(page, "the server is away");
        await page.locator("#server", { hasText: `answers ${status}` }).waitFor();
        await send(server, 4);
        count += 4;
        proxy.asked = [];
        proxy.refuse(0);
        await stateIs(page, "live");
        await shows(page, placesOf("t", 0, count - 1, 0));
        const streams = proxy.asked.filter((asked) => asked.includes("last_event_id="));
        assert.equal(streams.length, 1, proxy.asked.join("\n"));
        const before = proxy.asked.slice(0, proxy.asked.indexOf(streams[0]));
        assert.ok(before.includes("GET /readyz"), before.join("\n"));
        assert.ok(!before.some((asked) => asked.includes("cursor=")), before.join("\n"));
        await page.locator("#server", { hasText: "serving" }).waitFor();
    }
    await send(server, 1);
    await shows(page, placesOf("t", 0, count, 0));
    assert.deepEqual(await notes(page), []);
}

// The page has come, and nothing else gets through at first.
async function awayAtFirst(test) {
    const server = await serve(test, 2);
    const proxy = await Proxy.start(test, server);
    const passOn = proxy.answer.bind(proxy);
    proxy.answer = (request, response) => (request.url === "/" ? passOn(request, response) : response.destroy());
    const page = await openConsole(test, proxy.origin, "t");
    await page.locator("#problem-text", { hasText: "cannot be reached" }).waitFor();
    await stateIs(page, "the server is away");
    proxy.answer = passOn;
    await shows(page, placesOf("t", 0, 1, 0));
    await stateIs(page, "live");
    await page.locator("#topics a", { hasText: /^t/ }).waitFor();
    await page.locator("#problem").waitFor({ state: "hidden" });
    // The same for a page of history: it can be asked for again.
    proxy.answer = (request, response) => response.destroy();
    await page.goto(`${proxy.origin}/#t?offset=1`);
    await page.locator("#problem-text", { hasText: "cannot be reached" }).waitFor();
    assert.deepEqual(await places(page), []);
    proxy.answer = passOn;
    await page.locator("#newer").click();
    await shows(page, ["t/0/1"]);
    // What became of a write is not forgotten because a read worked.
    proxy.answer = (request, response) => (request.method === "POST" ? response.destroy() : passOn(request, response));
    await page.locator("#send button.main").click();
    await page.locator("#problem-text", { hasText: "is unknown" }).waitFor();
    await page.waitForTimeout(2500);
    assert.ok(await page.locator("#problem").isVisible());
}

// What never lets a stream through still shows events.
async function aProxyWithoutStreams(test) {
    const server = await serve(test, 1);
    const proxy = await Proxy.start(test, server);
    const passOn = proxy.answer.bind(proxy);
    proxy.answer = (request, response) => {
        if (request.headers.accept === "text/event-stream")
            response.writeHead(406).end();
        else
            passOn(request, response);
    };
    const page = await openConsole(test, proxy.origin, "t");
    await polls(server, page);
}

// The server itself: stopped and killed, and started again.
async function restarts(test) {
    const server = await serve(test, 2);
    const page = await openConsole(test, server.origin, "t");
    await shows(page, placesOf("t", 0, 1, 0));
    let count = 2;
    for (const end of ["stop", "kill"]) {
        await stateIs(page, "live");
        await server[end]();
        await page.locator("#server", { hasText: "not reachable" }).waitFor();
        await server.start();
        await send(server, 2);
        count += 2;
        await shows(page, placesOf("t", 0, count - 1, 0));
    }
}

// Positions that are gone are told, and the page goes on.
async function recreatedTopics(test) {
    const server = await serve(test, 3);
    const page = await openConsole(test, server.origin, "t");
    await shows(page, placesOf("t", 0, 2, 0));
    await setHidden(page, true);
    await server.call("DELETE", "/topics/t");
    await server.call("PUT", "/topics/t");
    await send(server, 1);
    await setHidden(page, false);
    await until("there is a note", async () => (await notes(page)).length === 1);
    await until("the new event is there", async () => (await places(page)).length === 4);
    await server.call("DELETE", "/topics/t");
    await stateIs(page, "ended");
    await until("the end is told", async () => (await notes(page)).length > 1);
}

// Below a path that the proxy takes off, and with or without the slash behind it; and under another name, writes
// included.
async function behindAProxy(test) {
    const name = "evil.example";
    const server = await serve(test, 2, "--host", name, "--cors-origin", "*");
    for (const options of [{ prefix: "/tailrace" }, { prefix: "/a/b.c" }, { name }, { prefix: "/tailrace", name }]) {
        const proxy = await Proxy.start(test, server, options);
        const page = await openConsole(test, proxy.origin, "t");
        const before = Number((await server.call("GET", "/topics/t")).partitions[0].next_offset);
        await shows(page, placesOf("t", 0, before - 1, 0));
        await stateIs(page, "live");
        await page.locator("#send button.main").click();
        await shows(page, placesOf("t", 0, before, 0));
        assert.equal(await page.locator("#api").evaluate((link) => link.href), `${proxy.origin}/openapi.yaml`);
        const command = await page.evaluate(() => viewAsCurl());
        assert.ok(command.includes(`'${proxy.origin}/topics/t/events?`), command);
        assert.deepEqual(page.complaints, []);
        await page.close();
    }
    const proxy = await Proxy.start(test, server, { prefix: "/tailrace" });
    proxy.answer = ((answer) => (request, response) => {
        if (request.url === "/tailrace")
            request.url = "/tailrace/";
        answer.call(proxy, request, response);
    })(proxy.answer);
    const page = await test.browser.open(test, `${proxy.origin}#t`);
    await stateIs(page, "live");
}

module.exports = {
    "page: seven tabs all work": (test) => sevenTabs(test, "127.0.0.1"),
    "page: seven tabs, where the origin is not secure": (test) => sevenTabs(test, "evil.example"),
    "page: leases of slots run out": leasesRunOut,
    "page: a slot that was lost": aLostSlot,
    "page: a hidden tab goes on where it was": hiddenTabs,
    "page: a stream closed for good is reopened": aStreamClosedForGood,
    "page: a server that is away at first": awayAtFirst,
    "page: a proxy that lets no stream through": aProxyWithoutStreams,
    "page: restarts of the server": restarts,
    "page: a topic that is recreated and deleted": recreatedTopics,
    "page: below a path and under another name": behindAProxy,
};
