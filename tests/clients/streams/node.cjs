// Follows server-sent events with a client of npm: node.cjs CLIENT URL. Prints the number of each event.
"use strict";

const classes = {
  eventsource4: () => require("eventsource4").EventSource,
  eventsource5: () => require("eventsource5").EventSource,
  undici: () => globalThis.EventSource,
  "event-source-polyfill": () => require("event-source-polyfill").EventSourcePolyfill,
};

const [name, url] = process.argv.slice(2);
const EventSource = classes[name]();
const stream = new EventSource(url);

const handle = (event) => console.log("event", event.value.n);

stream.onmessage = (message) => handle(JSON.parse(message.data));

// Their pause before they reconnect keeps no process alive.
if (name === "eventsource5" || name === "undici") setInterval(() => {}, 60_000);

stream.onerror = (error) => console.error("no stream:", error.message ?? error.error?.message ?? error.status);
