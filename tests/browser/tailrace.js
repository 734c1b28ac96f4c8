// The program under test as a process: started on a free port, restarted on the same one, always ended by its pid.
"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const running = new Set();

class Tailrace {
    constructor(binary, flags) {
        this.binary = binary;
        this.flags = flags;
        this.directory = fs.mkdtempSync(path.join(os.tmpdir(), "tailrace-browser-"));
        this.address = "127.0.0.1:0";
        this.log = "";
    }

    // Starts it for a test, which ends it.
    static async start(test, ...flags) {
        const server = new Tailrace(test.binary, flags);
        test.cleanUp(() => server.remove());
        await server.start();
        return server;
    }

    start() {
        const flags = ["serve", "--listen", this.address, "--data", path.join(this.directory, "data"),
                       "--column-families", "4", "--access-log", "off", ...this.flags];
        const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("TAILRACE_"));
        this.process = spawn(this.binary, flags,
                             { stdio: ["ignore", "pipe", "pipe"], env: Object.fromEntries(kept) });
        running.add(this);
        this.ended = new Promise((resolve) => this.process.once("close", (code) => {
            running.delete(this);
            resolve({ code });
        }));
        this.process.stderr.on("data", (part) => (this.log = (this.log + part).slice(-20000)));
        return new Promise((resolve, reject) => {
            const timer = setTimeout(() => reject(new Error(`it does not listen\n${this.log}`)), 15000);
            let output = "";
            this.process.stdout.on("data", (part) => {
                output += part;
                const found = /^listening http:\/\/(\S+)\n/m.exec(output);
                if (found) {
                    clearTimeout(timer);
                    this.address = found[1];
                    resolve(this);
                }
            });
            this.process.once("error", reject);
            this.ended.then(({ code }) => reject(new Error(`it ended with ${code}\n${this.log}`)));
        });
    }

    get origin() {
        return `http://${this.address}`;
    }

    // An orderly stop: it must end with 0 and in time.
    async stop() {
        this.process.kill("SIGTERM");
        const timer = setTimeout(() => this.process.kill("SIGKILL"), 5000);
        const { code } = await this.ended;
        clearTimeout(timer);
        if (code !== 0)
            throw new Error(`it ended with ${code} after SIGTERM\n${this.log}`);
    }

    async kill() {
        this.process.kill("SIGKILL");
        await this.ended;
    }

    async remove() {
        if (running.has(this))
            await this.kill();
        fs.rmSync(this.directory, { recursive: true, force: true });
    }

    // A request that must be answered with 2xx; gives the document, if there is one.
    async call(method, target, body, headers = {}) {
        const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
        const answer = await fetch(this.origin + target, { method, body: text, headers });
        const said = await answer.text();
        if (!answer.ok)
            throw new Error(`${method} ${target}: ${answer.status} ${said}`);
        return said ? JSON.parse(said) : undefined;
    }
}

function endServers() {
    for (const server of running) {
        server.process.kill("SIGKILL");
        fs.rmSync(server.directory, { recursive: true, force: true });
    }
}

module.exports = { Tailrace, endServers };
