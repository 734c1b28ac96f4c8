// Requests to the server that the page came from, what it answers when something is wrong, and the same requests as curl.
"use strict";

// The page may be served below a path (/tailrace/) that a proxy takes off: every address is relative to the page's own.
const BASE = location.origin + location.pathname.replace(/\/[^/]*\.html$/, "/").replace(/\/?$/, "/");
const REQUEST_MS = 30000;

function address(segments, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(given).toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return BASE + segments.map(encodeURIComponent).join("/") + (search ? `?${search}` : "");
}

// What the server, or a proxy in front of it, has against a request; status 0: there was no answer.
class Problem extends Error {
  constructor(status, title, detail, document = {}) {
    super(detail ? `${title}: ${detail}` : title);
    this.status = status;
    this.code = document.code;
    this.cursor = document.cursor; // from where a read can go on
  }

  static from(response, text) {
    let document = {};
    try {
      document = JSON.parse(text);
    } catch {
      // Not from Tailrace: the status is all that counts.
    }
    const title = document.title || `HTTP ${response.status} ${response.statusText}`.trim();
    const list = (document.errors || []).slice(0, 5)
      .map((error) => `\nevent ${error.index}, byte ${error.position}: ${error.message}`);
    return new Problem(response.status, title, (document.detail || "") + list.join(""), document);
  }

  // Whether the same request may succeed a little later.
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

// Sends a request; gives the answer's text.
async function call(method, url, { body, type, signal } = {}) {
  const late = AbortSignal.timeout(REQUEST_MS);
  let response;
  let text;
  try {
    response = await fetch(url, {
      method, body, headers: type ? { "Content-Type": type } : {}, cache: "no-store",
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    showServer("down", "not reachable");
    throw new Problem(0, "The server cannot be reached",
                      method === "GET" ? "the page keeps trying" : "whether the request was carried out is unknown");
  }
  if (!response.ok) {
    const problem = Problem.from(response, text);
    if (problem.isPassing) showServer("down", `answers ${response.status}`);
    throw problem;
  }
  showServer("live", "serving");
  return text;
}

const callJson = async (...request) => JSON.parse(await call(...request));

async function isReady(signal) {
  try {
    await call("GET", address(["readyz"]), { signal });
    return true;
  } catch {
    return false;
  }
}

// ---- the same as a command ----

// A word of a shell; in quotes unless it plainly needs none.
const quoted = (text) => (/^[\w:/.,@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function curl(url, { method, body, accept } = {}) {
  const words = ["curl"];
  if (accept) words.push("-N", "-H", quoted(`Accept: ${accept}`));
  if (method) words.push("-X", method);
  words.push(quoted(url));
  if (body !== undefined) words.push("-H", quoted("Content-Type: application/json"), "--data-raw", quoted(body));
  return words.join(" ");
}
