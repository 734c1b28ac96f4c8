// The page at GET / shows and copies what was sent, byte for byte, and takes nothing of it for HTML.
"use strict";

const assert = require("node:assert/strict");
const { copied, openConsole, openEvent, shell, shows } = require("./console.js");
const { Tailrace } = require("./tailrace.js");

const ENVELOPE = { "Content-Type": "application/vnd.tailrace.events+json" };
const NUMBERS = '{"price":1.10,"big":1e400,"id":9007199254740993,"wide":123456789012345678901234567890,"minus":-0,' +
    '"tiny":1E-7,"twice":1,"twice":2,"escape":"\\u0041\\/\\ud800","list":[ ],"none":{},"deep":[[1.0,{"a":null}]]}';
const NUMBERS_INDENTED = `{
  "price": 1.10,
  "big": 1e400,
  "id": 9007199254740993,
  "wide": 123456789012345678901234567890,
  "minus": -0,
  "tiny": 1E-7,
  "twice": 1,
  "twice": 2,
  "escape": "\\u0041\\/\\ud800",
  "list": [],
  "none": {},
  "deep": [
    [
      1.0,
      {
        "a": null
      }
    ]
  ]
}`;
const HOSTILE = "</pre><img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>\u202e&lt;";

async function numbersAsTheyCame(test) {
    const server = await Tailrace.start(test);
    await server.call("PUT", "/topics/n");
    const enveloped = '{"events":[{"value":1.50,"key":"k","headers":{"value":"\\",\\"value\\":1"}}]}';
    await server.call("POST", "/topics/n/events", NUMBERS);
    await server.call("POST", "/topics/n/events", enveloped, ENVELOPE);
    const page = await openConsole(test, server.origin, "n");
    await shows(page, ["n/0/1", "n/0/0"]);
    // Over a page so far, and now over the stream.
    await server.call("POST", "/topics/n/events", NUMBERS);
    await shows(page, ["n/0/2", "n/0/1", "n/0/0"]);
    for (const place of ["n/0/2", "n/0/0"]) {
        const row = await openEvent(page, place);
        assert.equal(await row.locator("summary .value").textContent(), NUMBERS);
        assert.equal(await row.locator("pre").textContent(), NUMBERS_INDENTED);
        assert.equal(await copied(page, row.getByText("Copy value")), NUMBERS);
        await row.locator("summary").click();
    }
    const row = await openEvent(page, "n/0/1");
    assert.equal(await row.locator("pre").textContent(), "1.50");
    assert.match(await row.locator(".facts").innerText(), /Key\s+k\s+Header value\s+","value":1/);
    assert.deepEqual(page.complaints, []);
}

// The walk over tokens, with what would lead it astray.
async function textOfJson(test) {
    const server = await Tailrace.start(test);
    const page = await openConsole(test, server.origin);
    const texts = [
        '""', '"\\\\"', '"a\\\\\\""', '["\\\\","]"]', '{"}":"{","a\\"":[]}', " [ 1 , [ ] , { } ] ", "null", "-1.0e+5",
        '{"a":{"b":{"c":[true,false,null]}}}', "[".repeat(128) + "]".repeat(128), `"${"\\\\".repeat(5000)}"`,
        JSON.stringify({ text: "\u2028\ud83c\udf0a\n".repeat(100) }),
    ];
    for (const text of texts) {
        const [indented, end] = await page.evaluate((given) => [jsonIndent(given), valueEnd(given, 0)], text);
        assert.deepEqual(JSON.parse(indented), JSON.parse(text), text);
        assert.equal(end, text.trimEnd().length, text);
    }
    const members = await page.evaluate(() => jsonMembers('{"a":1.0,"b":[1,"]"],"a":{"c":2}}'));
    assert.deepEqual(members, [["a", "1.0"], ["b", '[1,"]"]'], ["a", '{"c":2}']]);
    const long = await page.evaluate(() => {
        const text = `["${"x".repeat(4 << 20)}",${"[1,".repeat(60)}2${"]".repeat(60)}]`;
        return jsonIndent(text).length;
    });
    assert.ok(long > 4 << 20);
    await assert.rejects(page.evaluate(() => jsonMembers('{"a":[1,2')), /ends too early/);
}

async function hostileContent(test) {
    const server = await Tailrace.start(test);
    await server.call("PUT", "/topics/h");
    const event = { value: { [HOSTILE]: HOSTILE }, key: HOSTILE, headers: { [HOSTILE]: HOSTILE } };
    await server.call("POST", "/topics/h/events", { events: [event] }, ENVELOPE);
    const offset = { topic: "h", partition: 0, offset: 0, metadata: HOSTILE };
    await server.call("POST", "/groups/h/offsets", { offsets: [offset] });
    const page = await openConsole(test, server.origin, "h");
    await shows(page, ["h/0/0"]);
    const row = await openEvent(page, "h/0/0");
    assert.equal(await row.locator("pre").textContent(), JSON.stringify(event.value, null, 2));
    assert.equal(await row.locator(".key").textContent(), HOSTILE);
    await page.goto(`${server.origin}/#/groups/h`);
    await page.locator("#offsets td", { hasText: "window.hacked" }).waitFor();
    await page.goto(`${server.origin}/#${encodeURIComponent(HOSTILE)}`);
    await page.locator("#events .note").waitFor();
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator("main img, main script, aside img").count(), 0);
}

// A row stays one line as wide as the list, whatever the value is.
async function longValues(test) {
    const server = await Tailrace.start(test);
    await server.call("PUT", `/topics/${"t".repeat(200)}`);
    const target = `/topics/${"t".repeat(200)}/events`;
    await server.call("POST", target, "1");
    const page = await openConsole(test, server.origin);
    await shows(page, [`${"t".repeat(200)}/0/0`]);
    const before = await page.locator(".event").boundingBox();
    await server.call("POST", `${target}?key=${"k".repeat(1000)}`, JSON.stringify("long\nvalue ".repeat(50000)));
    await shows(page, [`${"t".repeat(200)}/0/1`, `${"t".repeat(200)}/0/0`]);
    const after = await page.locator(".event").first().boundingBox();
    assert.deepEqual([after.x, after.y, after.width, after.height], [before.x, before.y, before.width, before.height]);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
}

async function commandsWork(test) {
    const server = await Tailrace.start(test);
    await server.call("PUT", "/topics/c", { partitions: 2 });
    const value = `{"it's":"$HOME \`id\` \\"x\\" %41","n":1.10}`;
    const key = "a'b c&d[1-3]{x,y}%";
    const page = await openConsole(test, server.origin, "c");
    await page.locator("#send-value").fill(value);
    await page.locator("#send-key").fill(key);
    const written = JSON.parse(shell(await copied(page, page.locator("#copy-send"))));
    assert.equal(written.count, 1);
    const [{ partition }] = written.partitions;
    await shows(page, [`c/${partition}/0`]);
    const row = await openEvent(page, `c/${partition}/0`);
    const event = shell(await copied(page, row.getByText("Copy as curl")));
    assert.ok(event.includes(`"value":${value}}`), event);
    assert.equal(JSON.parse(event).key, key);
    const live = await copied(page, page.locator("#copy-view"));
    assert.ok(shell(`timeout 1 ${live} || true`).includes(value));
    await page.locator("#start-key").fill(key);
    await page.locator("#start-kind").selectOption("earliest");
    await page.locator("#start button").click();
    await shows(page, [`c/${partition}/0`]);
    assert.match(await copied(page, page.locator("#copy-view")), /key=/);
}

// On plain http:// under a name there is no clipboard to write to: the page finds another way.
async function copiesWithoutAClipboard(test) {
    const server = await Tailrace.start(test, "--host", "evil.example");
    await server.call("PUT", "/topics/c");
    await server.call("POST", "/topics/c/events", "1.10");
    const page = await openConsole(test, server.origin.replace("127.0.0.1", "evil.example"), "c");
    assert.equal(await page.evaluate(() => typeof navigator.clipboard), "undefined");
    const row = await openEvent(page, "c/0/0");
    await page.evaluate(() => document.addEventListener("copy", () => {
        window.taken = document.activeElement.value;
    }));
    await row.getByText("Copy value").click();
    await row.getByText("Copied").waitFor();
    assert.equal(await page.evaluate(() => window.taken), "1.10");
}

module.exports = {
    "page: numbers, escapes and doubles as they came": numbersAsTheyCame,
    "page: JSON is walked, not parsed": textOfJson,
    "page: hostile content is text": hostileContent,
    "page: long values move nothing": longValues,
    "page: copied commands work": commandsWork,
    "page: it copies without a clipboard": copiesWithoutAClipboard,
};
