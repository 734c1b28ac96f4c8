// Runs the tests of the browser and prints what became of them; the last line is `browser: N passed, N failed`.
"use strict";

const path = require("node:path");
const { Browser } = require("./chromium.js");
const { endServers } = require("./tailrace.js");

const ROOT = path.resolve(__dirname, "../..");
const TEST_SECONDS = 90;
const SUITES = ["./rules.js", "./live.js", "./restarts.js", "./pages.js", "./foreign.js"];

function parseArguments() {
    const options = {
        binary: path.join(ROOT, "build/test/tailrace"),
        modules: path.join(ROOT, "build/browser/node_modules"),
        chromium: "/usr/bin/chromium",
        only: "",
    };
    for (let at = 2; at < process.argv.length; at += 2) {
        const name = process.argv[at].replace(/^--/, "");
        if (!(name in options) || at + 1 === process.argv.length)
            throw new Error(`usage: run.js ${Object.keys(options).map((option) => `[--${option} …]`).join(" ")}`);
        options[name] = name === "only" ? process.argv[at + 1] : path.resolve(process.argv[at + 1]);
    }
    return { ...options, root: ROOT };
}

// Rejects when the promise is not settled in time.
function limited(promise, seconds) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not done in ${seconds} s`)), seconds * 1000);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// What a test is given. `cleanUp` takes what is done when it is over, whatever became of it; the last comes first.
function context(options, browser) {
    const cleanUps = [];
    return {
        ...options,
        browser,
        cleanUp: (work) => cleanUps.push(work),
        skip: (reason) => {
            throw Object.assign(new Error(reason), { skipped: true });
        },
        finish: async () => {
            for (const work of cleanUps.reverse())
                await work();
        },
    };
}

async function runTest(name, test, options, browser) {
    const began = Date.now();
    const given = context(options, browser);
    let outcome = "passed";
    try {
        try {
            await limited(test(given), TEST_SECONDS);
        } finally {
            await limited(given.finish(), 20);
        }
    } catch (error) {
        outcome = error.skipped ? `skipped: ${error.message}` : `FAILED\n${error.stack}`;
    }
    console.log(`    ${name} (${((Date.now() - began) / 1000).toFixed(1)} s) ${outcome}`);
    return outcome;
}

async function main() {
    const options = parseArguments();
    const browser = await limited(Browser.launch(options), 60);
    let passed = 0;
    let failed = 0;
    for (const suite of SUITES) {
        for (const [name, test] of Object.entries(require(suite))) {
            if (!name.includes(options.only))
                continue;
            const outcome = await runTest(name, test, options, browser);
            passed += outcome === "passed";
            failed += outcome.startsWith("FAILED");
        }
    }
    await limited(browser.close(), 20);
    console.log(`browser: ${passed} passed, ${failed} failed`);
    return failed > 0 ? 1 : 0;
}

process.on("exit", endServers);
for (const signal of ["SIGTERM", "SIGINT"])
    process.on(signal, () => process.exit(143));
main().then((status) => process.exit(status), (error) => {
    console.error(error);
    process.exit(1);
});
