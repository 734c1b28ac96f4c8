// What a page may try on a server that is not its own: `install` runs in the page, the tables say what comes of it.
"use strict";

// Defines window.attempts: name -> function of the server's origin. Each gives all that the page got to see, as text.
function install() {
    const SECRETS = "/topics/secret/events";
    const EVENTS = "/topics/victim/events";

    // Puts an element into the page; gives what it says of its loading.
    function load(tag, attributes, child) {
        const element = Object.assign(document.createElement(tag), attributes);
        if (child)
            element.append(child);
        return new Promise((resolve) => {
            element.onload = () => resolve([element, "load"]);
            element.onerror = (event) => resolve([element, `error ${event.message || ""}`]);
            setTimeout(() => resolve([element, "nothing"]), 1500);
            document.body.append(element);
        });
    }

    const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const text = async (answer) => `${(await answer).type} ${await (await answer).text()}`;

    function request(method, url, body) {
        return new Promise((resolve) => {
            const asked = new XMLHttpRequest();
            asked.open(method, url);
            asked.onloadend = () => resolve(asked.responseText + asked.getAllResponseHeaders());
            asked.send(body);
        });
    }

    function listen(url) {
        return new Promise((resolve) => {
            const source = new EventSource(url);
            const end = (said) => {
                source.close();
                resolve(said);
            };
            source.onmessage = ({ data }) => end(data);
            source.onerror = () => end("error");
        });
    }

    function talk(url) {
        return new Promise((resolve) => {
            const socket = new WebSocket(url);
            socket.onmessage = ({ data }) => resolve(data);
            socket.onclose = ({ code, reason }) => resolve(`${code} ${reason}`);
        });
    }

    function work(url) {
        const script = `try { importScripts(${JSON.stringify(url)}); postMessage("ran"); }
                        catch (error) { postMessage(String(error)); }`;
        return new Promise((resolve) => {
            const worker = new Worker(URL.createObjectURL(new Blob([script])));
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = ({ message }) => resolve(`error ${message}`);
        });
    }

    // A window's text, if the page may see it.
    async function peek(other) {
        for (let turn = 0; turn < 20; turn++) {
            const said = other.document.body ? other.document.body.innerText : "";
            if (said)
                return said;
            await rest(50);
        }
        return "";
    }

    async function frame(url) {
        const [element] = await load("iframe", { src: url });
        return peek(element.contentWindow);
    }

    async function open(url) {
        const other = window.open(url);
        await rest(500); // it is a blank page of ours until then
        return peek(other);
    }

    // What a form sends without a script's help, into a frame or a window.
    async function submit(url, enctype, name, value, target) {
        await load("iframe", { name: "hidden-frame", srcdoc: "" });
        const form = Object.assign(document.createElement("form"), { action: url, method: "post", enctype, target });
        form.append(Object.assign(document.createElement("textarea"), { name, value }));
        document.body.append(form);
        form.submit();
        return "";
    }

    const send = (url, options) => fetch(url, { method: "POST", body: '"written"', ...options });
    const json = { "Content-Type": "application/json" };

    window.attempts = {
        "fetch": (origin) => text(fetch(origin + SECRETS)),
        "fetch with credentials": (origin) => text(fetch(origin + SECRETS, { credentials: "include" })),
        "fetch with a header": (origin) => text(fetch(origin + SECRETS, { headers: { "X-Any": "a" } })),
        "fetch no-cors": (origin) => text(fetch(origin + SECRETS, { mode: "no-cors" })),
        "fetch the catalogue": (origin) => text(fetch(`${origin}/topics/secret`)),
        "XMLHttpRequest": (origin) => request("GET", origin + SECRETS),
        "EventSource": (origin) => listen(`${origin}${SECRETS}?from=earliest`),
        "WebSocket": (origin) => talk(`${origin.replace("http", "ws")}${SECRETS}`),
        "image": async (origin) => (await load("img", { src: origin + SECRETS }))[1],
        "script": async (origin) => (await load("script", { src: origin + SECRETS }))[1],
        "script of bare values": async (origin) =>
            (await load("script", { src: `${origin}${SECRETS}?format=ndjson&view=value` }))[1],
        "module": async (origin) => JSON.stringify(await import(origin + SECRETS)),
        "worker": (origin) => work(`${origin}${SECRETS}?format=ndjson&view=value`),
        "stylesheet": async (origin) => {
            const [link, said] = await load("link", { rel: "stylesheet", href: origin + SECRETS });
            return said + (link.sheet ? [...link.sheet.cssRules].map((rule) => rule.cssText).join() : "");
        },
        "frame": (origin) => frame(origin + SECRETS),
        "window": (origin) => open(origin + SECRETS),

        "post": (origin) => text(send(origin + EVENTS)),
        "post no-cors": (origin) => text(send(origin + EVENTS, { mode: "no-cors" })),
        "post JSON": (origin) => text(send(origin + EVENTS, { headers: json })),
        "post kept alive": (origin) => text(send(origin + EVENTS, { keepalive: true, mode: "no-cors" })),
        "post by XMLHttpRequest": (origin) => request("POST", origin + EVENTS, '"written"'),
        "post offsets": (origin) => text(send(`${origin}/groups/made/offsets`, {
            mode: "no-cors", body: '{"offsets":[{"topic":"victim","partition":0,"offset":0}]}' })),
        "put": (origin) => text(fetch(`${origin}/topics/made`, { method: "PUT" })),
        "patch": (origin) => text(fetch(`${origin}/topics/victim`, {
            method: "PATCH", headers: json, body: '{"partitions":2}' })),
        "delete": (origin) => text(fetch(`${origin}/topics/doomed`, { method: "DELETE" })),
        "beacon": async (origin) => String(navigator.sendBeacon(origin + EVENTS, '"written"')),
        "beacon of JSON": async (origin) => String(navigator.sendBeacon(
            origin + EVENTS, new Blob(['"written"'], { type: "application/json" }))),
        "form of text": (origin) => submit(origin + EVENTS, "text/plain", '{"a":"', '"}', "hidden-frame"),
        "form into a window": (origin) => submit(origin + EVENTS, "text/plain", '{"a":"', '"}', "_blank"),
        "form of parts": (origin) => submit(`${origin}${EVENTS}?format=ndjson&partial=true`, "multipart/form-data", "a",
                                            '\n"written"\n', "hidden-frame"),
        "form of pairs": (origin) => submit(origin + EVENTS, "application/x-www-form-urlencoded", "1", "",
                                            "hidden-frame"),
    };
}

// `origin` says whether a browser names the page to the server, which then refuses a foreign one; it does not for what
// it shows to no page anyway. `sees` says who gets to see the secret: a page that the operator allows, one whose
// origin he has named (with credentials), or one of the server's own origin.
const READS = {
    "fetch": { origin: true, sees: "allowed" },
    "fetch with credentials": { origin: true, sees: "named" },
    "fetch with a header": { origin: true, sees: "allowed" },
    "fetch no-cors": { origin: false, sees: "same" },
    "fetch the catalogue": { origin: true, sees: "allowed" },
    "XMLHttpRequest": { origin: true, sees: "allowed" },
    "EventSource": { origin: true, sees: "allowed" },
    "WebSocket": { origin: true, sees: "nobody" },
    "image": { origin: false, sees: "nobody" },
    "script": { origin: false, sees: "nobody" },
    "script of bare values": { origin: false, sees: "nobody" },
    "module": { origin: true, sees: "nobody" },
    "worker": { origin: false, sees: "nobody" },
    "stylesheet": { origin: false, sees: "nobody" },
    "frame": { origin: false, sees: "same" },
    "window": { origin: false, sees: "same" },
};

// Who can write so; a browser names the page to the server each time.
const WRITES = {
    "post": "allowed",
    "post no-cors": "allowed",
    "post JSON": "allowed",
    "post kept alive": "allowed",
    "post by XMLHttpRequest": "allowed",
    "post offsets": "allowed",
    "put": "allowed",
    "patch": "allowed",
    "delete": "allowed",
    "beacon": "allowed",
    "beacon of JSON": "named", // it asks beforehand, with credentials
    "form of text": "allowed",
    "form into a window": "allowed",
    "form of parts": "nobody", // multipart is refused
    "form of pairs": "nobody", // it holds no JSON
};

module.exports = { install, READS, WRITES };
