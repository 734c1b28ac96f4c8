// A server with believable data, for pictures: the access log of examples/weblog, orders, a sensor, and groups behind
// them.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const LINE = /^(\S+) \S+ \S+ \[[^\]]*\] "(\S+) (\S+) [^"]*" (\d+) (\d+) "([^"]*)"/;
const ROUNDS = 60;
const ROUND_MS = 3130;
const ENVELOPE = { "Content-Type": "application/vnd.tailrace.events+json" };

function requestsOfTheLog(root, most) {
    const lines = fs.readFileSync(path.join(root, "examples/weblog/access.log"), "utf8").split("\n").slice(0, most);
    const found = lines.map((line) => LINE.exec(line)).filter(Boolean);
    return found.map(([, visitor, method, page, status, bytes, from]) => ({
        key: visitor, value: { method, page, status: Number(status), bytes: Number(bytes), from },
    }));
}

// Prices as text, so that 19.90 stays 19.90.
function orderOf(number) {
    const items = ["teapot", "green tea", "black tea", "strainer", "cup"];
    const cents = 450 + (number * 1373) % 9000;
    const price = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")}`;
    const order = 90071992547409930n + BigInt(number);
    return `{"order":${order},"customer":"c-${number % 7 + 1}","item":"${items[number % items.length]}",` +
        `"total":${price},"paid":${number % 4 !== 0}}`;
}

// In turns, as if over the last minutes: what arrives together in a shop is of all kinds.
async function fill(server, root) {
    await server.call("PUT", "/topics/shop.requests", { partitions: 4 });
    await server.call("PUT", "/topics/shop.orders", { partitions: 2, key_pointer: "/customer" });
    await server.call("PUT", "/topics/kiln.temperature", {});
    const requests = requestsOfTheLog(root, 240);
    const began = Date.now() - ROUNDS * ROUND_MS;
    const per = requests.length / ROUNDS;
    for (let round = 0; round < ROUNDS; round++) {
        const at = began + round * ROUND_MS;
        const batch = requests.slice(round * per, (round + 1) * per)
            .map((event, number) => ({ ...event, timestamp: at + number * 97 }));
        await server.call("POST", "/topics/shop.requests/events", { events: batch }, ENVELOPE);
        await server.call("POST", `/topics/shop.orders/events?timestamp=${at + 611}`, orderOf(round));
        if (round % 2 === 0)
            await server.call("POST", `/topics/kiln.temperature/events?timestamp=${at + 1204}`,
                              `{"celsius":${(812 + round * 1.3).toFixed(2)},"door":"shut"}`);
    }
    await commit(server, "mailer", "shop.orders", [21, 30]);
    await commit(server, "billing", "shop.orders", [28, 31]);
    await commit(server, "dashboard", "shop.requests", [10, 4, 22, 7]);
}

async function commit(server, group, topic, wanted) {
    const { partitions } = await server.call("GET", `/topics/${topic}`);
    const offsets = partitions.map(({ partition, next_offset: next }, at) => ({
        topic, partition, offset: Math.min(next, wanted[at]), metadata: `${group}-1`,
    }));
    await server.call("POST", `/groups/${group}/offsets`, { offsets });
}

module.exports = { fill, orderOf };
