#!/usr/bin/env node
// Produces events, and consumes them as a consumer group, with what Node 18 or newer has built in: no package.
//
//     produce_consume.mjs produce URL TOPIC [--key KEY]            lines of JSON from standard input, one event each
//     produce_consume.mjs consume URL TOPIC --group GROUP [--count N]
//
// `consume` prints the value of each event. The server keeps the group's position: start the program again, on any
// machine, and it goes on there. It outlives restarts of the server. Each event is processed at least once: an event
// that was processed but not yet committed when the program died is processed again.

import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const PAGE_EVENTS = 500;
const WAIT_MS = 20_000; // how long the server holds an empty page back
const ANSWER_MS = WAIT_MS + 10_000; // no answer for longer than that: the connection is dead
const PRODUCE_MS = 60_000; // how long to try to send
const PAUSE_MS = [250, 15_000]; // before the first try again, and at most

// The server said no. The same request will not succeed later.
class Refused extends Error {}

// There is no answer, or one after which the same request may succeed later. Nothing was written.
class TryAgain extends Error {
  afterMs = 0;
}

// The connection broke before the answer: whether the write happened is not known.
class Unknown extends Error {}

// The position does not exist any more; `cursor` is where to go on.
class Moved extends Error {
  cursor;
}

function errorOf(problem, retryAfter) {
  const message = `${problem.code}: ${problem.detail}`;
  if (problem.cursor !== undefined) return Object.assign(new Moved(message), { cursor: problem.cursor });
  if (problem.written === null) return new Unknown(message);
  if (!problem.retryable) return new Refused(message);
  return Object.assign(new TryAgain(message), { afterMs: 1000 * Number(retryAfter ?? 0) });
}

// A connection that was refused has carried nothing. Of any other that broke, nobody knows.
const nothingWasSent = (error) => ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes(error.cause?.code);

// The answer's document. Everything that can go wrong is one of the four errors above.
async function call(method, target, body, type = "application/json") {
  let response, answer;
  try {
    const headers = body === undefined ? {} : { "Content-Type": type };
    response = await fetch(target, { method, headers, body, signal: AbortSignal.timeout(ANSWER_MS) });
    answer = await response.json(); // a proxy's page of HTML is a SyntaxError
  } catch (error) {
    const again = method === "GET" || nothingWasSent(error);
    throw new (again ? TryAgain : Unknown)(`no answer: ${error.cause?.message ?? error.message}`);
  }
  if (!response.ok) throw errorOf(answer, response.headers.get("Retry-After"));
  return answer;
}

// Twice as long each time, up to a limit, and with chance in it: clients do not all come back at once.
class Pause {
  constructor() {
    this.reset();
  }

  reset() {
    this.ms = PAUSE_MS[0];
  }

  async take(error) {
    const ms = Math.max((0.5 + 0.5 * Math.random()) * this.ms, error.afterMs ?? 0);
    console.error(`again in ${(ms / 1000).toFixed(1)} s: ${error.message}`);
    await sleep(ms);
    this.ms = Math.min(2 * this.ms, PAUSE_MS[1]);
  }
}

function eventsUrl(url, topic, query) {
  const target = new URL(`/topics/${encodeURIComponent(topic)}/events`, url);
  for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
  return target;
}

// ---- producing ----

// Appends events, one JSON text each, all or none of them; gives the server's answer. Tries again only when nothing was
// written, so that no event is written twice.
export async function produce(url, topic, lines, key) {
  const target = eventsUrl(url, topic, key === undefined ? {} : { key });
  const deadline = Date.now() + PRODUCE_MS;
  const pause = new Pause();
  for (;;) {
    try {
      return await call("POST", target, lines.join("\n"), "application/x-ndjson");
    } catch (error) {
      if (!(error instanceof TryAgain) || Date.now() > deadline) throw error;
      await pause.take(error);
    }
  }
}

// ---- consuming ----

async function commit(url, group, cursor) {
  await call("POST", new URL(`/groups/${encodeURIComponent(group)}/offsets`, url), JSON.stringify({ cursor }));
}

// Calls `process` with each event that the group has not committed, and commits after each page. Ends after `count`
// events; 0 is never.
export async function consume(url, topic, group, process, count = 0) {
  let start = { group, from: "earliest" }; // where the group has committed nothing: from the first event
  let processed = 0;
  let uncommitted; // the cursor behind the last event that was processed
  const pause = new Pause();
  for (;;) {
    let page;
    try {
      if (uncommitted !== undefined) {
        await commit(url, group, uncommitted);
        uncommitted = undefined;
      }
      if (count > 0 && processed === count) return;
      const limit = count > 0 ? Math.min(PAGE_EVENTS, count - processed) : PAGE_EVENTS;
      page = await call("GET", eventsUrl(url, topic, { limit, wait_ms: WAIT_MS, ...start }));
      pause.reset();
    } catch (error) {
      if (error instanceof Moved) {
        console.error(`events are lost: ${error.message}`); // retention was faster, or the topic was made anew
        start = { cursor: error.cursor };
      } else if (error instanceof TryAgain || error instanceof Unknown) {
        await pause.take(error); // to commit twice does no harm
      } else {
        throw error;
      }
      continue;
    }
    for (const event of page.events) await process(event);
    start = { cursor: page.next };
    processed += page.events.length;
    if (page.events.length > 0) uncommitted = page.next;
  }
}

async function main() {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      key: { type: "string" },
      group: { type: "string", default: "example" },
      count: { type: "string", default: "0" },
    },
  });
  const [what, url, topic] = positionals;
  if (!["produce", "consume"].includes(what) || !topic)
    throw new Refused("usage: produce_consume.mjs produce|consume URL TOPIC [--key KEY] [--group GROUP] [--count N]");
  if (what === "produce") {
    const lines = (await text(process.stdin)).split("\n").filter((line) => line !== "");
    console.log(JSON.stringify(await produce(url, topic, lines, flags.key)));
  } else {
    await consume(url, topic, flags.group, (event) => console.log(JSON.stringify(event.value)), Number(flags.count));
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
