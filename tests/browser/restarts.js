// An EventSource over restarts of the program: it comes back by itself, and has in the end exactly what the log has.
"use strict";

const assert = require("node:assert/strict");
const { listen, noted, until } = require("./chromium.js");
const { Tailrace } = require("./tailrace.js");

const PARTITIONS = 4;

// Posts numbers until it is told to stop. What fails while the program is away does not matter: the log is what counts.
function publish(server) {
    let over = false;
    const work = (async () => {
        for (let number = 0; !over; number++) {
            try {
                await server.call("POST", `/topics/restarts/events?partition=${number % PARTITIONS}`, String(number));
            } catch {
                await new Promise((resolve) => setTimeout(resolve, 20));
            }
        }
    })();
    return () => {
        over = true;
        return work;
    };
}

async function readLog(server) {
    const events = [];
    for (let cursor = ""; ;) {
        const page = await server.call("GET", `/topics/restarts/events?limit=10000${cursor && `&cursor=${cursor}`}`);
        events.push(...page.events);
        cursor = page.next;
        if (page.up_to_date)
            return events;
    }
}

function byPartition(events) {
    const logs = Array.from({ length: PARTITIONS }, () => []);
    for (const event of events)
        logs[event.partition].push([event.offset, event.value]);
    return logs;
}

async function twoRestarts(test) {
    const server = await Tailrace.start(test);
    await server.call("PUT", "/topics/restarts", { partitions: PARTITIONS });
    const page = await test.browser.openElsewhere(test);
    await page.evaluate(listen, { name: "it", url: `${server.origin}/topics/restarts/events?from=earliest` });
    const stop = publish(server);
    test.cleanUp(stop);
    const heard = async () => (await noted(page, "it")).events.length;
    for (const end of ["stop", "kill"]) {
        const before = await heard();
        await until("events come", async () => (await heard()) > before + 100, 60);
        const { opened } = await noted(page, "it");
        await server[end]();
        await new Promise((resolve) => setTimeout(resolve, 300));
        await server.start();
        await until("it is back", async () => (await noted(page, "it")).opened > opened, 60);
    }
    const before = await heard();
    await until("events come", async () => (await heard()) > before + 100, 60);
    await stop();
    const log = await readLog(server);
    await until("it has as many as the log", async () => (await heard()) >= log.length);
    const { events, opened } = await noted(page, "it");
    const got = events.map(([type, data]) => {
        assert.equal(type, "message", data);
        return JSON.parse(data);
    });
    assert.equal(opened, 3);
    assert.deepEqual(byPartition(got), byPartition(log));
    console.log(`    ${log.length} events over two restarts, none lost, none twice`);
    await server.stop();
}

module.exports = { "restarts: two of them, without loss or doubles": twoRestarts };
