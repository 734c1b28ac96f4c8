// Our own streams in the browser, from a page of another origin: what an EventSource makes of the bytes that we send.
"use strict";

const assert = require("node:assert/strict");
const { listen, noted, until } = require("./chromium.js");
const { Tailrace } = require("./tailrace.js");

const OPEN = 1;
const CLOSED = 2;
const ENVELOPE = { "Content-Type": "application/vnd.tailrace.events+json" };
const ODD_VALUES = [
    { a: "\r\n", b: "\ufeff", c: "\u0000", d: "\u2028\u2029\u0085" },
    "data: x\n\nid: 9\n\n", "", "ü \u{1f30a}", [], null, 0,
];

async function begin(test, ...flags) {
    const server = await Tailrace.start(test, ...flags);
    return { server, page: await test.browser.openElsewhere(test) };
}

// An EventSource that is open.
async function follow(page, server, name, target) {
    await page.evaluate(listen, { name, url: server.origin + target });
    await until(`${name} opens`, async () => (await noted(page, name)).state === OPEN);
}

async function eventsOf(page, name, count) {
    await until(`${count} events for ${name}`, async () => (await noted(page, name)).events.length >= count);
    const { events } = await noted(page, name);
    assert.equal(events.length, count);
    return events;
}

async function oddValues(test) {
    const { server, page } = await begin(test);
    await server.call("PUT", "/topics/odd", { partitions: 1 });
    await follow(page, server, "live", "/topics/odd/events");
    const envelope = { events: ODD_VALUES.map((value) => ({ value, key: "k\r\n\u0000" })) };
    await server.call("POST", "/topics/odd/events", envelope, ENVELOPE);
    await server.call("POST", "/topics/odd/events", '{"white":\r\n\r\n"space"\r}');
    const expected = [...ODD_VALUES, { white: "space" }];
    await follow(page, server, "late", "/topics/odd/events?from=earliest");
    await follow(page, server, "bare", "/topics/odd/events?from=earliest&view=value");
    const live = await eventsOf(page, "live", expected.length);
    const late = await eventsOf(page, "late", expected.length);
    const bare = await eventsOf(page, "bare", expected.length);
    assert.deepEqual(live.map(([, data]) => JSON.parse(data).value), expected);
    assert.deepEqual(late.map(([, data]) => data), live.map(([, data]) => data));
    assert.deepEqual(bare.map(([, data]) => JSON.parse(data)), expected);
    assert.ok([...live, ...late, ...bare].every(([type, , id]) => type === "message" && /^[0-9A-Za-z._-]+$/.test(id)));
    assert.equal(new Set(live.map(([, , id]) => id)).size, expected.length);
}

// A position that a page has kept: a new EventSource cannot send the header, so it stands in the query.
async function keptPositions(test) {
    const { server, page } = await begin(test);
    await server.call("PUT", "/topics/kept", { partitions: 3 });
    for (let number = 0; number < 6; number++)
        await server.call("POST", `/topics/kept/events?partition=${number % 3}`, String(number));
    await follow(page, server, "all", "/topics/kept/events?from=earliest");
    const events = await eventsOf(page, "all", 6);
    for (const [number, [, , id]] of events.slice(0, 5).entries()) {
        const name = `after ${number}`;
        await follow(page, server, name, `/topics/kept/events?last_event_id=${id}`);
        const rest = await eventsOf(page, name, 5 - number);
        assert.deepEqual(rest.map(([, data]) => data).sort(), events.slice(number + 1).map(([, data]) => data).sort());
        await page.evaluate((which) => window.sources[which].source.close(), name);
    }
}

async function gapsAndEnds(test) {
    const { server, page } = await begin(test);
    await server.call("PUT", "/topics/a");
    await server.call("PUT", "/topics/b");
    await follow(page, server, "both", "/events?topics=a,b");
    await server.call("DELETE", "/topics/a");
    const [[type, data, id]] = await eventsOf(page, "both", 1);
    assert.equal(type, "gap");
    assert.equal(JSON.parse(data).reason, "deleted");
    assert.notEqual(id, "");
    await server.call("POST", "/topics/b/events", "1");
    await eventsOf(page, "both", 2);
    await server.call("DELETE", "/topics/b");
    await until("the end", async () => (await noted(page, "both")).events.some(([kind]) => kind === "end"));
    // The browser comes back by itself, is answered 204, and gives up for good.
    await until("it is closed for ever", async () => (await noted(page, "both")).state === CLOSED);
}

async function refusals(test) {
    const { server, page } = await begin(test);
    await server.call("PUT", "/topics/there");
    const there = "/topics/there/events";
    for (const target of ["/topics/missing/events", `${there}?last_event_id=x`, `${there}?from=x`]) {
        await page.evaluate(listen, { name: target, url: server.origin + target });
        await until(`${target} closes it`, async () => (await noted(page, target)).state === CLOSED);
        assert.equal((await noted(page, target)).opened, 0);
    }
}

// A page that reads, posts and listens with nothing but what a browser has.
async function fetchAndBeacons(test) {
    const { server, page } = await begin(test);
    await server.call("PUT", "/topics/web");
    await follow(page, server, "web", "/topics/web/events");
    await page.evaluate(async (origin) => {
        navigator.sendBeacon(`${origin}/topics/web/events`, '"beacon"');
        await fetch(`${origin}/topics/web/events`, { method: "POST", body: '"fetch"' });
    }, server.origin);
    const events = await eventsOf(page, "web", 2);
    assert.deepEqual(events.map(([, data]) => JSON.parse(data).value).sort(), ["beacon", "fetch"]);
    assert.deepEqual(page.complaints, []);
}

// Six streams of one origin are all that a browser opens: one of many topics must carry them.
async function oneStreamOfManyTopics(test) {
    const { server, page } = await begin(test);
    await follow(page, server, "all", "/events?topics=many.*");
    for (let number = 0; number < 8; number++) {
        await server.call("PUT", `/topics/many.${number}`);
        await server.call("POST", `/topics/many.${number}/events`, String(number));
    }
    const events = await eventsOf(page, "all", 8);
    assert.deepEqual(events.map(([, data]) => JSON.parse(data).value).sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
}

module.exports = {
    "live: odd values arrive as they are": oddValues,
    "live: a position that was kept": keptPositions,
    "live: gaps, and an end that is one": gapsAndEnds,
    "live: refusals close an EventSource": refusals,
    "live: fetch and sendBeacon are heard": fetchAndBeacons,
    "live: one stream of many topics": oneStreamOfManyTopics,
};
