// Runs the tests of the browser and prints what became of them; the last line is `browser: N passed, N failed`.
"use strict";

const { Browser } = require("./chromium.js");
const { contextOf, limited, parseOptions } = require("./options.js");
const { endServers } = require("./tailrace.js");

const TEST_SECONDS = 90;
const SUITES = ["./rules.js", "./live.js", "./restarts.js", "./pages.js", "./page_values.js",
                "./page_reading.js", "./page_streams.js", "./page_managing.js", "./foreign.js"];

async function runTest(name, test, options, browser) {
    const began = Date.now();
    const given = contextOf(options, browser);
    let outcome = "passed";
    try {
        try {
            await limited(test(given), TEST_SECONDS);
        } finally {
            await limited(given.finish(), 20);
        }
    } catch (error) {
        outcome = `FAILED\n${error.stack}`;
    }
    console.log(`    ${name} (${((Date.now() - began) / 1000).toFixed(1)} s) ${outcome}`);
    return outcome;
}

async function main() {
    const options = parseOptions("run.js", { only: "" });
    const browser = await limited(Browser.launch(options), 60);
    let passed = 0;
    let failed = 0;
    for (const suite of SUITES) {
        for (const [name, test] of Object.entries(require(suite))) {
            if (!name.includes(options.only))
                continue;
            const outcome = await runTest(name, test, options, browser);
            passed += outcome === "passed";
            failed += outcome !== "passed";
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
