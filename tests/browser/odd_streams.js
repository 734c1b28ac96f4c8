// A server that sends the streams of the corpus, byte for byte, and remembers how the browser came back: first the bytes
// of /RULE/NUMBER and the end of the connection, then 204. Also /status/CODE and /type/TEXT: answers that are no stream.
"use strict";

const http = require("node:http");

const HEAD = { "Access-Control-Allow-Origin": "*", "Cache-Control": "no-store", Connection: "close" };

class OddStreams {
    constructor(rules) {
        this.rules = new Map(rules.map((rule) => [rule.rule, rule]));
        this.visits = new Map(); // path -> [{ at, id }…]; id is the Last-Event-ID, undefined when there was none
        this.server = http.createServer((request, response) => this.answer(request, response));
    }

    static async start(test, rules) {
        const streams = new OddStreams(rules);
        await new Promise((resolve) => streams.server.listen(0, "127.0.0.1", resolve));
        test.cleanUp(() => new Promise((done) => {
            streams.server.closeAllConnections();
            streams.server.close(done);
        }));
        streams.origin = `http://127.0.0.1:${streams.server.address().port}`;
        return streams;
    }

    visitsOf(path) {
        return this.visits.get(path) || [];
    }

    answer(request, response) {
        const visits = this.visitsOf(request.url);
        const id = request.headers["last-event-id"];
        visits.push({ at: Date.now(), id: id === undefined ? undefined : Buffer.from(id, "latin1").toString("utf8") });
        this.visits.set(request.url, visits);
        const [kind, which] = request.url.slice(1).split("/").map(decodeURIComponent);
        if (kind === "status")
            response.writeHead(Number(which), { ...HEAD, "Content-Type": "text/event-stream" }).end();
        else if (kind === "type")
            response.writeHead(200, { ...HEAD, "Content-Type": which }).end("data: x\n\n");
        else if (visits.length > 1)
            response.writeHead(204, HEAD).end();
        else
            response.writeHead(200, { ...HEAD, "Content-Type": "text/event-stream" })
                .end(Buffer.from(this.rules.get(kind).streams[Number(which)].bytes, "latin1"));
    }
}

module.exports = { OddStreams };
