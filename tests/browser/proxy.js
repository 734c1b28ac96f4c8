// A proxy in front of a server, as one stands before it in the field: under another name or below a path that it
// takes off, and for a while answering 502 by itself.
"use strict";

const http = require("node:http");

class Proxy {
    // `prefix` is the path that it takes off ("" or "/tailrace"), `name` the host that browsers know it by.
    static async start(test, server, { prefix = "", name = "127.0.0.1" } = {}) {
        const proxy = new Proxy();
        proxy.target = new URL(server.origin);
        proxy.prefix = prefix;
        proxy.status = 0; // what it answers by itself; 0: it passes on
        proxy.asked = []; // "METHOD target" of each request
        proxy.http = http.createServer((request, response) => proxy.answer(request, response));
        await new Promise((resolve) => proxy.http.listen(0, "127.0.0.1", resolve));
        proxy.port = proxy.http.address().port;
        proxy.origin = `http://${name}:${proxy.port}${prefix}`;
        test.cleanUp(() => new Promise((done) => {
            proxy.http.closeAllConnections();
            proxy.http.close(done);
        }));
        return proxy;
    }

    // From now on it answers with this status (0: passes on), and what was open is cut.
    refuse(status) {
        this.status = status;
        this.http.closeAllConnections();
    }

    answer(request, response) {
        this.asked.push(`${request.method} ${request.url}`);
        const isOurs = request.url.startsWith(`${this.prefix}/`);
        if (this.status !== 0 || !isOurs) {
            response.writeHead(isOurs ? this.status : 404, { "Content-Type": "text/html" });
            response.end("<h1>from the proxy</h1>");
            return;
        }
        const options = {
            host: this.target.hostname, port: this.target.port, method: request.method,
            path: request.url.slice(this.prefix.length), headers: request.headers,
        };
        const passed = http.request(options, (answer) => {
            response.writeHead(answer.statusCode, answer.headers);
            answer.pipe(response);
        });
        passed.on("error", () => response.destroy());
        response.on("close", () => passed.destroy());
        request.pipe(passed);
    }
}

module.exports = { Proxy };
