// Pages that must not: of a foreign origin, of none, and of a host name that was rebound to this machine can neither
// read nor write. The same pages can when the operator allows them, so that each attempt is known to be one.
"use strict";

const assert = require("node:assert/strict");
const { until } = require("./chromium.js");
const { install, READS, WRITES } = require("./foreign_attempts.js");
const { Tailrace } = require("./tailrace.js");

const SECRET = "the-secret-of-the-log";
const EMPTY = "<!doctype html><title>foreign</title><body>";
const FOREIGN = "evil.example"; // a name of this machine, to the browser alone
const ANSWER_MS = 5000;

async function serve(test, ...flags) {
    const server = await Tailrace.start(test, ...flags);
    for (const name of ["secret", "victim", "doomed"])
        await server.call("PUT", `/topics/${name}`);
    await server.call("POST", "/topics/secret/events", JSON.stringify(SECRET));
    return server;
}

// All that a write can change, as a clean client sees it.
async function stateOf(server) {
    return JSON.stringify([await server.call("GET", "/topics"), await server.call("GET", "/groups")]);
}

// How many requests the server has refused so far.
async function refusalsOf(server) {
    const answer = await fetch(`${server.origin}/metrics`);
    const rows = [...(await answer.text()).matchAll(/^tailrace_http_requests_total\{.*status="403"\} (\d+)$/gm)];
    return rows.reduce((sum, [, count]) => sum + Number(count), 0);
}

// Lets a frame of a page try one thing; gives what it saw.
function attempt(frame, name, origin) {
    return frame.evaluate(async ({ which, server, ms }) => {
        const late = new Promise((resolve) => setTimeout(() => resolve("nothing in time"), ms));
        try {
            return String(await Promise.race([window.attempts[which](server), late]));
        } catch (error) {
            return String(error);
        }
    }, { which: name, server: origin, ms: ANSWER_MS });
}

// The page tries everything: it sees nothing, nothing is written, and the server has refused what `isRefused` says.
async function tryInVain(server, frame, origin, isRefused) {
    await frame.evaluate(install);
    for (const name of [...Object.keys(READS), ...Object.keys(WRITES)]) {
        const before = await stateOf(server);
        const refused = await refusalsOf(server);
        const seen = await attempt(frame, name, origin);
        assert.ok(!seen.includes(SECRET) && !seen.includes('"settings"'), `${name} shows ${seen}`);
        if (isRefused(name))
            await until(`${name} is refused`, async () => await refusalsOf(server) > refused);
        assert.equal(await stateOf(server), before, `${name} has written`);
    }
}

// The same page, allowed: it sees what a browser shows to it, and its writes are there. `can` says who it is.
async function tryWithSuccess(server, frame, origin, can) {
    await frame.evaluate(install);
    for (const [name, { sees }] of Object.entries(READS)) {
        const seen = await attempt(frame, name, origin);
        assert.equal(seen.includes(SECRET) || seen.includes('"settings"'), can.includes(sees), `${name} shows ${seen}`);
    }
    for (const name of Object.keys(WRITES).filter((write) => can.includes(WRITES[write]))) {
        const before = await stateOf(server);
        await attempt(frame, name, origin);
        await until(`${name} is written`, async () => await stateOf(server) !== before);
    }
}

// The kinds of pages. Each gives the frame that tries, and what --cors-origin allows it: `null`, the origin of all that
// have none, cannot be named.
async function foreignPage(test) {
    const page = await test.browser.openElsewhere(test, EMPTY, FOREIGN);
    return { frame: page.mainFrame(), named: new URL(page.url()).origin };
}

async function sandboxedFrame(test) {
    const page = await test.browser.openElsewhere(test, EMPTY, FOREIGN);
    await page.evaluate((text) => {
        const frame = document.createElement("iframe");
        frame.sandbox = "allow-scripts allow-forms allow-popups";
        frame.srcdoc = text;
        document.body.append(frame);
    }, EMPTY);
    const frame = await until("the frame is there", async () => page.frames()[1]);
    await frame.waitForLoadState();
    return { frame, named: "*" };
}

async function dataPage(test) {
    const page = await test.browser.open(test, `data:text/html,${encodeURIComponent(EMPTY)}`);
    return { frame: page.mainFrame(), named: "*" };
}

const KINDS = { "a foreign page": foreignPage, "a sandboxed frame": sandboxedFrame, "a page of data": dataPage };

async function inVain(test, kind) {
    const server = await serve(test);
    const { frame } = await kind(test);
    await tryInVain(server, frame, server.origin, (name) => name in WRITES || READS[name].origin);
}

async function allowed(test, kind) {
    const { frame, named } = await kind(test);
    const server = await serve(test, "--cors-origin", named);
    await tryWithSuccess(server, frame, server.origin, named === "*" ? ["allowed"] : ["allowed", "named"]);
}

// A page of a name that first was the attacker's machine, and then this one: to the browser, the server is its own. The
// page itself comes from the attacker, for whom a hook of the browser stands in.
async function reboundPage(test, server) {
    const own = `http://${FOREIGN}:${new URL(server.origin).port}`;
    const page = await test.browser.open(test);
    await page.route(`${own}/attack`, (route) => route.fulfill({ contentType: "text/html", body: EMPTY }));
    await page.route(`${own}/favicon.ico`, (route) => route.abort());
    await page.goto(`${own}/attack`);
    return { frame: page.mainFrame(), own };
}

async function reboundInVain(test) {
    const server = await serve(test);
    const { frame, own } = await reboundPage(test, server);
    await tryInVain(server, frame, own, () => true);
}

async function reboundAllowed(test) {
    const server = await serve(test, "--host", FOREIGN);
    const { frame, own } = await reboundPage(test, server);
    await tryWithSuccess(server, frame, own, ["allowed", "named", "same"]);
}

const tests = {
    "foreign: a rebound name reads and writes nothing": reboundInVain,
    "foreign: a rebound name can when it is allowed": reboundAllowed,
};
for (const [what, kind] of Object.entries(KINDS)) {
    tests[`foreign: ${what} reads and writes nothing`] = (test) => inVain(test, kind);
    tests[`foreign: ${what} can when it is allowed`] = (test) => allowed(test, kind);
}
module.exports = tests;
