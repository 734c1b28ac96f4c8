// The page at GET / as tests use it: opened at a view, its rows read, its buttons pressed.
"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const { until } = require("./chromium.js");

// The page of this server, or of a proxy in front of it, at the view that the hash names. `browsing`: playwright's
// options, or a context that other tabs are in.
async function openConsole(test, origin, hash = "", browsing) {
    const url = `${origin}/#${hash}`;
    return browsing?.newPage ? test.browser.openTab(browsing, url) : test.browser.open(test, url, browsing);
}

// Where the shown events stand, from top to bottom: TOPIC/PARTITION/OFFSET.
function places(page) {
    return page.evaluate(() => {
        const rows = document.querySelectorAll("#events .event:not([hidden])");
        return [...rows].map((row) => row.dataset.place);
    });
}

function notes(page) {
    return page.locator("#events .note").allTextContents();
}

// Waits until exactly these events are shown, in this order, and stay.
async function shows(page, expected, seconds = 20) {
    const wanted = JSON.stringify(expected);
    let seen = [];
    await until("the events are shown", async () => {
        seen = await places(page);
        return JSON.stringify(seen) === wanted;
    }, seconds).catch(() => assert.deepEqual(seen, expected));
    await page.waitForTimeout(50);
    assert.deepEqual(await places(page), expected);
}

// TOPIC/PARTITION/HIGH … TOPIC/PARTITION/LOW: newest first, as the page shows them.
function placesOf(topic, partition, high, low) {
    return Array.from({ length: high - low + 1 }, (_, number) => `${topic}/${partition}/${high - number}`);
}

const stateIs = (page, text) => page.locator("#state", { hasText: new RegExp(`^${text}$`) }).waitFor();

// Opens an event and gives what belongs to it.
async function openEvent(page, place) {
    const row = page.locator(`[data-place="${place}"]`);
    await row.locator("summary").click();
    await row.locator("pre").waitFor();
    return row;
}

// What the page copies, taken where it hands it to the clipboard.
async function copied(page, button) {
    await page.evaluate(() => {
        window.copied = null;
        navigator.clipboard.writeText = async (text) => (window.copied = text);
    });
    await button.click();
    return until("it is copied", () => page.evaluate(() => window.copied));
}

// What a browser tells a page whose tab is covered by another, and shown again. Without a screen Chromium never does.
function setHidden(page, isHidden) {
    return page.evaluate((hidden) => {
        const state = hidden ? "hidden" : "visible";
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
        Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
        document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
}

// How many streams are open at the server.
async function streamsOf(server) {
    const answer = await fetch(`${server.origin}/metrics`);
    const found = /^tailrace_streams_open (\d+)$/m.exec(await answer.text());
    return Number(found[1]);
}

// Pasted into a shell; gives what it prints.
function shell(lines) {
    const options = { encoding: "utf8", timeout: 10000, stdio: ["ignore", "pipe", "ignore"] };
    return execFileSync("sh", ["-ec", lines], options);
}

module.exports = {
    copied, notes, openConsole, openEvent, places, placesOf, setHidden, shell, shows, stateIs, streamsOf,
};
