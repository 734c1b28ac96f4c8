// What people do on the page at GET / besides reading: begin, send, create, delete, look at settings and groups.
"use strict";

const assert = require("node:assert/strict");
const { until } = require("./chromium.js");
const { copied, openConsole, places, placesOf, shell, shows, stateIs } = require("./console.js");
const { Tailrace } = require("./tailrace.js");

const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true };

// An empty server shows lines to paste: they work as they stand, and the page follows them by itself.
async function linesToPaste(test) {
    const server = await Tailrace.start(test);
    const page = await openConsole(test, server.origin);
    await page.locator("#welcome").waitFor();
    const first = await copied(page, page.locator("#copy-first"));
    const live = await copied(page, page.locator("#copy-live"));
    assert.ok(first.includes(server.origin) && live.includes(server.origin));
    const answers = shell(first);
    assert.match(answers, /"name":"clicks"/);
    assert.match(answers, /"count":1/);
    assert.match(answers, /"value":\{"page":"\/","visitor":"ada"\}/);
    await shows(page, ["clicks/0/0"]);
    assert.equal(await page.locator("#welcome").isVisible(), false);
    const stream = shell(`(sleep 0.5; ${first.split("\n")[1]}) >/dev/null & timeout 2 ${live.trim()} || true`);
    assert.match(stream, /^data: .*"visitor":"ada"/m);
    shell(first); // a second time too
    await shows(page, placesOf("clicks", 0, 2, 0));
    await server.call("DELETE", "/topics/clicks");
    await page.locator("#welcome").waitFor();
    assert.deepEqual(page.complaints, []);
}

async function creating(test) {
    const server = await Tailrace.start(test);
    const page = await openConsole(test, server.origin);
    await page.getByText("New topic").click();
    await page.locator("#create-name").fill("made.here");
    await page.locator("#create-partitions").fill("3");
    await page.locator("#create-name").press("Enter");
    await page.locator("#name", { hasText: "made.here" }).waitFor();
    assert.equal((await server.call("GET", "/topics/made.here")).partitions.length, 3);
    await page.locator("#send-value").fill('[{"a":1.0},2]');
    await page.locator("#send-key").fill("k");
    await page.locator("#send-value").press("Control+Enter");
    await page.locator("#sent", { hasText: /^2 written \(disk\): partition \d, offset 0$/ }).waitFor();
    await until("both are shown", async () => (await places(page)).length === 2);
    // What goes wrong is told with its title and its detail.
    await page.locator("#send-value").fill('{"a":1,}');
    await page.locator("#send button.main").click();
    const said = page.locator("#problem-text", { hasText: "byte 7" });
    await said.waitFor();
    const answer = await fetch(`${server.origin}/topics/made.here/events`, { method: "POST", body: '{"a":1,}' });
    assert.ok((await said.textContent()).startsWith((await answer.json()).title));
    await page.getByRole("button", { name: "Dismiss" }).click();
    assert.equal(await page.locator("#problem").isVisible(), false);
    await page.goto(`${server.origin}/#made.here?from=nonsense`);
    await page.locator("#problem-text", { hasText: "nonsense" }).waitFor();
}

async function deleting(test) {
    const server = await Tailrace.start(test);
    await server.call("PUT", "/topics/doomed", { partitions: 2, key_pointer: "/id" });
    await server.call("PUT", "/topics/kept");
    await server.call("POST", "/topics/kept/events", "1");
    const page = await openConsole(test, server.origin, "doomed");
    await stateIs(page, "live");
    const settings = await page.locator("#settings").innerText();
    for (const wanted of [/key_pointer\s+\/id/, /max_event_bytes\s+1,048,576/, /cleanup_policy\s+delete/,
                          /capabilities\s+ack_none/])
        assert.match(settings, wanted);
    await page.getByRole("button", { name: "Delete topic" }).click();
    const sure = page.locator("#delete-sure");
    assert.ok(await sure.isDisabled());
    for (const text of ["doome", "Doomed", "kept", "doomed "]) {
        await page.locator("#delete-name").fill(text);
        assert.ok(await sure.isDisabled(), text);
        await page.locator("#delete-name").press("Enter");
    }
    await page.keyboard.press("Escape");
    assert.equal((await server.call("GET", "/topics")).topics.length, 2);
    await page.getByRole("button", { name: "Delete topic" }).click();
    await page.locator("#delete-name").fill("doomed");
    await sure.click();
    await shows(page, ["kept/0/0"]); // all topics
    assert.deepEqual((await server.call("GET", "/topics")).topics.map(({ name }) => name), ["kept"]);
    assert.equal(await page.locator("#topics a", { hasText: "doomed" }).count(), 0);
    await page.goto(`${server.origin}/#doomed`);
    await stateIs(page, "ended");
    await page.locator("#events .note", { hasText: "doomed" }).waitFor();
}

async function groups(test) {
    const server = await Tailrace.start(test);
    const page = await openConsole(test, server.origin, "/groups");
    await page.locator("#groups-about", { hasText: "No group has committed" }).waitFor();
    await server.call("PUT", "/topics/g", { partitions: 2 });
    for (const partition of [0, 1])
        await server.call("POST", `/topics/g/events?partition=${partition}`, "[1,2,3,4,5]");
    const offset = [{ topic: "g", partition: 0, offset: 2, metadata: "m" }, { topic: "g", partition: 1, offset: 5 }];
    for (let number = 0; number < 120; number++)
        await server.call("POST", `/groups/group-${String(number).padStart(3, "0")}/offsets`, { offsets: offset });
    const rows = page.locator("#groups tr");
    await page.waitForFunction(() => document.querySelectorAll("#groups tr").length === 100);
    assert.match(await rows.first().innerText(), /group-000\s+3/);
    await page.getByRole("button", { name: "More groups" }).click();
    await page.waitForFunction(() => document.querySelectorAll("#groups tr").length === 120);
    await page.getByRole("link", { name: "group-007" }).click();
    const offsets = page.locator("#offsets tr");
    await offsets.nth(1).waitFor();
    assert.match(await offsets.nth(0).innerText(), /^g\s+0\s+2\s+3\s+m\s+\d/);
    assert.match(await offsets.nth(1).innerText(), /^g\s+1\s+5\s+0\s/);
    await page.locator("#about", { hasText: "lag 3" }).waitFor();
    await server.call("POST", "/topics/g/events?partition=1", "[1,2]");
    await page.locator("#about", { hasText: "lag 5" }).waitFor(); // it follows
    await page.locator("#offsets a").first().click();
    await page.locator("#name", { hasText: /^g$/ }).waitFor();
    await page.goto(`${server.origin}/#/groups/nobody`);
    await page.locator("#problem-text", { hasText: "nobody" }).waitFor();
}

// On a phone the events come first, within the first screen, and nothing is wider than it.
async function phone(test) {
    const server = await Tailrace.start(test);
    for (let number = 0; number < 30; number++)
        await server.call("PUT", `/topics/topic.${number}`);
    await server.call("POST", "/topics/topic.7/events?key=some-longer-key", JSON.stringify({ text: "x".repeat(500) }));
    for (const colorScheme of ["light", "dark"]) {
        const page = await openConsole(test, server.origin, "topic.7", { ...PHONE, colorScheme });
        await shows(page, ["topic.7/0/0"]);
        const top = async (selector) => (await page.locator(selector).boundingBox()).y;
        assert.ok(await top(".event") < 300, `the first event is ${await top(".event")} pixels down`);
        assert.ok(await top("#tail") < await top("#send"));
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
        assert.equal(await page.locator("#topics").isVisible(), false);
        await page.getByText("Topics and groups").click();
        await page.locator("#topics a", { hasText: "topic.12" }).click();
        await page.locator("#name", { hasText: "topic.12" }).waitFor();
        assert.equal(await page.locator("#topics").isVisible(), false);
        assert.deepEqual(page.complaints, []);
    }
}

// All that can be worked has a name, and the keyboard leads through the lists.
async function keyboardAndNames(test) {
    const server = await Tailrace.start(test);
    for (const name of ["alpha", "beta"])
        await server.call("PUT", `/topics/${name}`);
    await server.call("POST", "/topics/beta/events", "[1,2,3]");
    const page = await openConsole(test, server.origin, "beta");
    await shows(page, placesOf("beta", 0, 2, 0));
    const nameless = await page.evaluate(() => {
        const controls = [...document.querySelectorAll("input, select, textarea, button, a[href]")];
        const hasName = (one) => one.labels?.length || one.getAttribute("aria-label") || one.textContent.trim();
        return controls.filter((one) => !one.hidden && !hasName(one)).map((one) => one.outerHTML);
    });
    assert.deepEqual(nameless, []);
    await page.locator("#events").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator('[data-place="beta/0/1"] pre').waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("alp");
    assert.equal(await page.locator("#topics li").count(), 2); // all topics, and this one
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator("#name", { hasText: "alpha" }).waitFor();
    assert.match(await page.locator("#topics [aria-current=page]").innerText(), /^alpha\b/);
}

module.exports = {
    "page: the lines of an empty server work": linesToPaste,
    "page: creating and sending": creating,
    "page: settings, and deleting a topic": deleting,
    "page: groups with their lag": groups,
    "page: a phone shows the events first": phone,
    "page: keyboard, and names of all controls": keyboardAndNames,
};
