// Where the page at GET / starts to read, how it goes through history, what it leaves out.
"use strict";

const assert = require("node:assert/strict");
const { openConsole, places, placesOf, shows, stateIs } = require("./console.js");
const { Tailrace } = require("./tailrace.js");

const numbers = (count) => JSON.stringify([...Array(count).keys()]);

async function serve(test, topic, count, settings = {}) {
    const server = await Tailrace.start(test);
    await server.call("PUT", `/topics/${topic}`, settings);
    if (count > 0)
        await server.call("POST", `/topics/${topic}/events`, numbers(count));
    return server;
}

async function read(page, kind, fields = {}) {
    await page.locator("#start-kind").selectOption(kind);
    for (const [id, text] of Object.entries(fields)) {
        const field = page.locator(`#start-${id}`);
        await (id === "partition" ? field.selectOption(text) : field.fill(text));
    }
    await page.getByRole("button", { name: "Read" }).click();
}

async function starts(test) {
    const server = await serve(test, "s", 250);
    const now = Date.now();
    const between = now + (now % 10 === 8 ? 3 : 2); // its last digit is none that a browser leaves out
    await new Promise((resolve) => setTimeout(resolve, 10));
    await server.call("POST", "/topics/s/events", numbers(50));
    const page = await openConsole(test, server.origin, "s");
    await shows(page, placesOf("s", 0, 299, 200)); // the last hundred, live
    await read(page, "earliest");
    await shows(page, placesOf("s", 0, 99, 0));
    await stateIs(page, "history");
    await read(page, "offset", { offset: "120" });
    await shows(page, placesOf("s", 0, 219, 120));
    await read(page, "last", { last: "7" });
    await shows(page, placesOf("s", 0, 299, 293));
    await stateIs(page, "live"); // there was nothing behind it
    const local = await page.evaluate((ms) => localTime(new Date(ms)), between);
    await read(page, "time", { time: local });
    await shows(page, placesOf("s", 0, 299, 250));
    await read(page, "live");
    await shows(page, placesOf("s", 0, 299, 200));
    await server.call("POST", "/topics/s/events", "1");
    await shows(page, placesOf("s", 0, 300, 200));
    await read(page, "offset", { offset: "900" });
    await page.locator("#events .note", { hasText: "900" }).waitFor();
    assert.deepEqual(await places(page), []);
    // The address names the view: it can be linked to.
    const linked = await openConsole(test, server.origin, "s?offset=10");
    await shows(linked, placesOf("s", 0, 109, 10));
    assert.deepEqual(page.complaints.filter((text) => !text.includes("416")), []);
}

// Older and newer, page by page, over one partition: all of it, nothing twice.
async function history(test) {
    const server = await serve(test, "h", 350);
    const page = await openConsole(test, server.origin, "h");
    const [older, newer] = [page.locator("#older"), page.locator("#newer")];
    await shows(page, placesOf("h", 0, 349, 250));
    await older.click();
    await shows(page, placesOf("h", 0, 249, 150));
    await server.call("POST", "/topics/h/events", "1"); // does not disturb it
    await older.click();
    await shows(page, placesOf("h", 0, 149, 50));
    await older.click();
    await shows(page, placesOf("h", 0, 49, 0));
    await older.click();
    await page.locator("#count", { hasText: "nothing is older" }).waitFor();
    assert.ok(await older.isDisabled());
    await newer.click();
    await newer.click();
    await shows(page, placesOf("h", 0, 249, 150));
    await newer.click();
    await shows(page, placesOf("h", 0, 350, 250)); // live again, from where it was
    await stateIs(page, "live");
    await server.call("POST", "/topics/h/events", "2");
    await shows(page, placesOf("h", 0, 351, 250));
    // And forward from the beginning, until it is live.
    await read(page, "earliest");
    for (const high of [99, 199, 299])
        await shows(page, placesOf("h", 0, high, high - 99)).then(() => newer.click());
    await shows(page, placesOf("h", 0, 351, 300));
    await stateIs(page, "live");
    await page.locator("#older").click();
    await shows(page, placesOf("h", 0, 299, 200));
    await page.locator("#latest").click();
    await shows(page, placesOf("h", 0, 351, 252));
}

// A tail shows five hundred events; what left it, or was cleared away, is there in history.
async function whatATailDrops(test) {
    const server = await serve(test, "d", 50);
    const page = await openConsole(test, server.origin, "d?from=earliest");
    await shows(page, placesOf("d", 0, 49, 0));
    assert.ok(await page.locator("#older").isDisabled());
    await stateIs(page, "live");
    for (let turn = 0; turn < 6; turn++)
        await server.call("POST", "/topics/d/events", numbers(100));
    await shows(page, placesOf("d", 0, 649, 150));
    await page.locator("#older").click();
    await shows(page, placesOf("d", 0, 149, 50));
    await page.locator("#newer").click();
    await shows(page, placesOf("d", 0, 649, 150));
    await page.locator("#clear").click();
    await page.locator("#events", { hasText: "No events here yet" }).waitFor();
    await server.call("POST", "/topics/d/events", "1");
    await shows(page, placesOf("d", 0, 650, 650));
    const fresh = await openConsole(test, server.origin, "d?offset=600");
    await shows(fresh, placesOf("d", 0, 650, 600));
    await fresh.locator("#clear").click();
    await fresh.locator("#older").click();
    await shows(fresh, placesOf("d", 0, 650, 551));
}

// The same over partitions of different lengths, from the end to the beginning.
async function historyOfPartitions(test) {
    const server = await serve(test, "p", 0, { partitions: 4 });
    for (const [partition, count] of [[0, 180], [1, 3], [3, 95]])
        await server.call("POST", `/topics/p/events?partition=${partition}`, JSON.stringify(Array(count).fill(0)));
    const page = await openConsole(test, server.origin, "p");
    await shows(page, [...placesOf("p", 3, 94, 70), ...placesOf("p", 1, 2, 0), ...placesOf("p", 0, 179, 155)]);
    const seen = await places(page);
    for (let turn = 0; turn < 10 && await page.locator("#older").isEnabled(); turn++) {
        const before = await places(page);
        await page.locator("#older").click();
        const isOldest = await page.waitForFunction((first) => {
            const isLast = document.getElementById("count").textContent.includes("nothing is older");
            return isLast || document.querySelector("#events .event")?.dataset.place !== first ? { isLast } : false;
        }, before[0]).then((found) => found.evaluate(({ isLast }) => isLast));
        if (!isOldest)
            seen.push(...await places(page));
    }
    assert.equal(seen.length, 180 + 3 + 95);
    assert.equal(new Set(seen).size, seen.length);
    await read(page, "live", { partition: "1" });
    await shows(page, placesOf("p", 1, 2, 0));
    await read(page, "offset", { partition: "", offset: "1" });
    await page.locator("#problem-text", { hasText: "choose the partition" }).waitFor();
    await read(page, "offset", { partition: "3", offset: "93" });
    await shows(page, placesOf("p", 3, 94, 93));
    await page.locator("#older").click();
    await shows(page, placesOf("p", 3, 92, 0));
}

async function filters(test) {
    const server = await serve(test, "f", 0);
    const envelope = { events: Array.from({ length: 3000 }, (_, number) => ({
        value: { word: number % 2 ? "Odd" : "even" }, key: number % 500 === 0 ? "rare" : "common",
    })) };
    await server.call("POST", "/topics/f/events", envelope, { "Content-Type": "application/vnd.tailrace.events+json" });
    const page = await openConsole(test, server.origin, "f");
    await shows(page, placesOf("f", 0, 2999, 2900));
    await page.locator("#text").fill("odd");
    await page.locator("#count", { hasText: "50 of 100 shown" }).waitFor();
    assert.ok((await places(page)).every((place) => Number(place.split("/")[2]) % 2 === 1));
    await server.call("POST", "/topics/f/events", '"odd too"');
    await server.call("POST", "/topics/f/events", '"not so"');
    await page.locator("#count", { hasText: "51 of 102 shown" }).waitFor();
    await page.locator("#text").fill("");
    await page.locator("#start-key").fill("rare");
    await read(page, "live");
    await shows(page, [2500, 2000, 1500, 1000, 500, 0].map((offset) => `f/0/${offset}`));
    await server.call("POST", "/topics/f/events?key=common", "1");
    await server.call("POST", "/topics/f/events?key=rare", "1");
    await page.locator('[data-place="f/0/3003"]').waitFor();
    assert.equal((await places(page)).length, 7);
    // Backwards too, through windows that hold nothing of that key.
    await read(page, "offset", { offset: "2999" });
    await shows(page, ["f/0/3003"]);
    const seen = await places(page);
    while (seen.length < 7) {
        const [first] = await places(page);
        await page.locator("#older").click();
        await page.waitForFunction((place) => document.querySelector("#events .event").dataset.place !== place, first);
        seen.push(...await places(page));
    }
    assert.deepEqual(seen, [3003, 2500, 2000, 1500, 1000, 500, 0].map((offset) => `f/0/${offset}`));
}

async function allTopics(test) {
    const server = await serve(test, "one", 2);
    const page = await openConsole(test, server.origin);
    await shows(page, placesOf("one", 0, 1, 0));
    await server.call("PUT", "/topics/two");
    await server.call("POST", "/topics/two/events", "1");
    await shows(page, ["two/0/0", ...placesOf("one", 0, 1, 0)]);
    await page.locator("#topics a", { hasText: "two" }).waitFor(); // the list has it at once
    await page.locator("#topics a", { hasText: "two" }).click();
    await shows(page, ["two/0/0"]);
    await page.goBack();
    await shows(page, ["two/0/0", ...placesOf("one", 0, 1, 0)]);
    await server.call("POST", "/topics/one/events", JSON.stringify(Array(150).fill(0)));
    await page.goto(`${server.origin}/#?from=-5`);
    await shows(page, [...placesOf("one", 0, 151, 147), "two/0/0"]);
    await page.locator("#older").click();
    await shows(page, placesOf("one", 0, 146, 47));
    assert.deepEqual(page.complaints, []);
}

// Who reads an open event, or further down, is not pushed away by new ones.
async function readersAreNotPushed(test) {
    const server = await serve(test, "r", 100);
    const page = await openConsole(test, server.origin, "r");
    await shows(page, placesOf("r", 0, 99, 0));
    await stateIs(page, "live");
    await page.locator('[data-place="r/0/98"] summary').click();
    const before = await page.locator('[data-place="r/0/98"]').boundingBox();
    await server.call("POST", "/topics/r/events", "[1,2,3]");
    await page.locator("#held", { hasText: "3 new" }).waitFor();
    const after = await page.locator('[data-place="r/0/98"]').boundingBox();
    assert.equal((await places(page)).length, 100);
    assert.equal(after.height, before.height);
    await page.locator("#held").click();
    await shows(page, placesOf("r", 0, 102, 0));
    await page.keyboard.press("p"); // pauses
    await stateIs(page, "paused");
    await server.call("POST", "/topics/r/events", "4");
    await page.waitForTimeout(300);
    assert.equal((await places(page)).length, 103);
    await page.keyboard.press("p");
    await shows(page, placesOf("r", 0, 103, 0));
}

module.exports = {
    "page: the starts": starts,
    "page: history, older and newer": history,
    "page: what a tail drops is in history": whatATailDrops,
    "page: history of several partitions": historyOfPartitions,
    "page: filters by key and text": filters,
    "page: all topics at once": allTopics,
    "page: readers are not pushed away": readersAreNotPushed,
};
