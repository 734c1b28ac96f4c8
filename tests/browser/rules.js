// The rules of the HTML standard as the browser's EventSource holds them: each stream of tests/corpus/sse/rules.json is sent
// as it is, and what the browser makes of it is what the corpus says. tests/http holds our own bytes to the same list.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { listen, noted, until } = require("./chromium.js");
const { OddStreams } = require("./odd_streams.js");

const RULES = JSON.parse(fs.readFileSync(path.resolve(__dirname, "../corpus/sse/rules.json"), "utf8"));
const CLOSED = 2;

// All streams at once: a browser waits three seconds before it comes back.
async function everyStreamOfTheCorpus(test) {
    const streams = await OddStreams.start(test, RULES);
    const page = await test.browser.openElsewhere(test);
    const paths = RULES.flatMap(({ rule, streams: list }) => list.map((_, number) => `/${rule}/${number}`));
    for (const name of paths)
        await page.evaluate(listen, { name, url: streams.origin + name });
    await until("every EventSource came back and was ended", async () => {
        const states = await Promise.all(paths.map(async (name) => (await noted(page, name)).state));
        return states.every((state) => state === CLOSED);
    }, 40);
    for (const { rule, streams: list } of RULES) {
        for (const [number, stream] of list.entries())
            await holdsTo(stream, `/${rule}/${number}`, page, streams);
    }
}

async function holdsTo(stream, name, page, streams) {
    assert.deepEqual((await noted(page, name)).events, stream.events, name);
    const [first, second, ...more] = streams.visitsOf(name);
    assert.ok(first && second && more.length === 0, `${name}: the browser came back once, and not after 204`);
    assert.equal(first.id, undefined, name);
    if ("last_id" in stream)
        assert.equal(second.id, stream.last_id === "" ? undefined : stream.last_id, name);
    if ("retry" in stream)
        assert.ok(second.at - first.at < 2000, `${name}: it came back after ${second.at - first.at} ms`);
}

// What closes an EventSource for ever, as the contract builds on it: 204, any other status but 200, another type.
async function answersThatEndIt(test) {
    const streams = await OddStreams.start(test, []);
    const page = await test.browser.openElsewhere(test);
    const paths = ["/status/204", "/status/400", "/status/404", "/status/429", "/status/503", "/type/text%2Fplain",
                   "/type/application%2Fjson"];
    for (const name of paths)
        await page.evaluate(listen, { name, url: streams.origin + name });
    for (const name of paths)
        await until(`${name} closes it`, async () => (await noted(page, name)).state === CLOSED);
    await new Promise((resolve) => setTimeout(resolve, 3500));
    for (const name of paths) {
        assert.equal(streams.visitsOf(name).length, 1, name);
        assert.deepEqual((await noted(page, name)).events, [], name);
    }
}

module.exports = {
    "rules: every stream of the corpus": everyStreamOfTheCorpus,
    "rules: answers that end an EventSource": answersThatEndIt,
};
