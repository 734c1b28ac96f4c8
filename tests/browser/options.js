// What the programs of this folder share: their options, limits in time, and what a test is given.
"use strict";

const path = require("node:path");

const ROOT = path.resolve(__dirname, "../..");
const PLAIN = new Set(["only"]); // options that are no paths

// --name value…; `own` are the options of this program with their defaults, besides those that each has.
function parseOptions(program, own) {
    const options = {
        binary: path.join(ROOT, "build/test/tailrace"),
        modules: path.join(ROOT, "build/browser/node_modules"),
        chromium: "/usr/bin/chromium",
        ...own,
    };
    for (let at = 2; at < process.argv.length; at += 2) {
        const name = process.argv[at].replace(/^--/, "");
        if (!(name in options) || at + 1 === process.argv.length)
            throw new Error(`usage: ${program} ${Object.keys(options).map((option) => `[--${option} …]`).join(" ")}`);
        options[name] = PLAIN.has(name) ? process.argv[at + 1] : path.resolve(process.argv[at + 1]);
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
function contextOf(options, browser) {
    const cleanUps = [];
    return {
        ...options,
        browser,
        cleanUp: (work) => cleanUps.push(work),
        finish: async () => {
            for (const work of cleanUps.reverse())
                await work();
        },
    };
}

module.exports = { contextOf, limited, parseOptions };
