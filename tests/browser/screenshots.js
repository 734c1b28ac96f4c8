// Takes pictures of the page at GET /: screenshots.js [--binary …] [--modules …] [--out FOLDER]. `screenshot.png` is
// the one that the top README shows; it is kept as web/screenshot.png.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { Browser } = require("./chromium.js");
const { contextOf, limited, parseOptions } = require("./options.js");
const { fill } = require("./shop.js");
const { Tailrace, endServers } = require("./tailrace.js");

const SECONDS = 120;
const DESKTOP = { viewport: { width: 1280, height: 760 } };
const NARROW = { viewport: { width: 900, height: 760 } };
const PHONE = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true };
const DARK = { ...DESKTOP, colorScheme: "dark" };

// [file, server, what follows the `#`, how the browser is, what is done there first]
const PICTURES = [
    ["screenshot.png", "shop", "shop.orders", DESKTOP, openTheThird],
    ["all-topics.png", "shop", "", DESKTOP, null],
    ["history.png", "shop", "shop.requests?from=earliest", DESKTOP, null],
    ["groups.png", "shop", "/groups", DESKTOP, null],
    ["group.png", "shop", "/groups/mailer", DESKTOP, null],
    ["narrow.png", "shop", "shop.orders", NARROW, null],
    ["dark.png", "shop", "shop.orders", DARK, openTheThird],
    ["phone.png", "shop", "shop.orders", PHONE, null],
    ["phone-dark.png", "shop", "", { ...PHONE, colorScheme: "dark" }, null],
    ["empty.png", "empty", "", DESKTOP, null],
    ["empty-phone.png", "empty", "", PHONE, null],
];

async function openTheThird(page) {
    await page.locator("#events summary").nth(2).click();
    await page.mouse.move(0, 0);
}

// Into the folder `test.out`; gives the files.
async function takePictures(test) {
    const servers = { shop: await Tailrace.start(test), empty: await Tailrace.start(test) };
    await fill(servers.shop, test.root);
    const files = [];
    for (const [name, which, hash, browsing, act] of PICTURES) {
        const page = await test.browser.open(test, `${servers[which].origin}/#${hash}`, browsing);
        const settled = hash.startsWith("/") ? "#groups tr, #offsets tr" : ".event, #welcome:not([hidden])";
        await page.locator(settled).first().waitFor();
        await page.waitForFunction(() => document.getElementById("state").textContent !== "connecting" ||
            document.getElementById("topic-view").hidden);
        if (act)
            await act(page);
        const file = path.join(test.out, name);
        await page.screenshot({ path: file });
        if (page.complaints.length > 0)
            throw new Error(`${name}: ${page.complaints.join("; ")}`);
        files.push(file);
    }
    return files;
}

async function main() {
    const options = parseOptions("screenshots.js", { out: path.resolve("build/screenshots") });
    fs.mkdirSync(options.out, { recursive: true });
    const browser = await limited(Browser.launch(options), 60);
    const test = contextOf(options, browser);
    try {
        for (const file of await limited(takePictures(test), SECONDS))
            console.log(`${file}: ${Math.ceil(fs.statSync(file).size / 1024)} KiB`);
    } finally {
        await limited(test.finish(), 20);
        await limited(browser.close(), 20);
    }
}

if (require.main === module) {
    process.on("exit", endServers);
    for (const signal of ["SIGTERM", "SIGINT"])
        process.on(signal, () => process.exit(143));
    main().then(() => process.exit(0), (error) => {
        console.error(error);
        process.exit(1);
    });
}

module.exports = { takePictures };
