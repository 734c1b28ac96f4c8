// Which view is shown: the part of the address behind `#` says it, so that views can be linked, kept and gone back to.
//   #                      all topics, live       #/groups           all consumer groups
//   #TOPIC                 a topic, live          #/groups/GROUP     one of them
//   #TOPIC?from=…&key=…    start and filter, as the API calls them: from, offset, partition, key
"use strict";

const TOPIC_REFRESH_MS = 2000;
const LIST_REFRESH_MS = 10000;
const EMPTY_REFRESH_MS = 1500; // while there is no topic yet
const WIDE = matchMedia("(min-width: 46.01rem)");

let failedReading = false; // the problem shown is of a read that will be tried again
let route = { view: "none", topic: null, partition: "" };

const topicHash = (name) => `#${encodeURIComponent(name)}`;

function showServer(state, text) {
  $("server").dataset.state = state;
  if ($("server").textContent !== text) $("server").textContent = text;
  if (state === "live" && failedReading) showProblem(null);
}

function showProblem(error) {
  $("problem").hidden = !error;
  $("problem-text").textContent = error ? error.message : "";
  failedReading = error instanceof Problem && error.isPassing && error.method === "GET";
}

// Runs what a person asked for; what goes wrong is shown.
async function attempt(action) {
  showProblem(null);
  try {
    await action();
  } catch (error) {
    showProblem(error);
  }
}

// ---- the address ----

function readHash() {
  const [where, query = ""] = location.hash.slice(1).split("?");
  const parts = where.split("/").map((part) => decodeURIComponent(part));
  if (parts[0] === "" && parts[1] === "groups")
    return parts[2] ? { view: "group", topic: null, group: parts[2] } : { view: "groups", topic: null };
  const given = new URLSearchParams(query);
  let start = null;
  if (given.has("from")) start = { from: given.get("from") };
  if (given.has("offset")) start = { offset: given.get("offset") };
  return {
    view: "events", topic: parts[0] || null, partition: given.get("partition") ?? "",
    key: given.get("key") || undefined, start,
  };
}

function go(hash) {
  if (location.hash === hash || (hash === "#" && location.hash === "")) showRoute();
  else location.hash = hash;
}

function showRoute() {
  const { topic } = route;
  closeEvents();
  showProblem(null);
  try {
    route = readHash();
  } catch {
    route = { view: "events", topic: null, partition: "", start: null }; // a broken % in the address
  }
  groupsWanted = GROUPS_LIMIT;
  const isEmpty = route.view === "events" && route.topic === null && areTopicsKnown && topics.length === 0;
  const title = { events: route.topic ?? "All topics", groups: "Consumer groups", group: route.group }[route.view];
  document.title = route.topic ?? route.group ? `${title} · Tailrace` : "Tailrace";
  $("name").textContent = title;
  $("about").textContent = route.view === "events" && route.topic === null ? "everything that arrives" : "";
  $("welcome").hidden = !isEmpty;
  $("title").hidden = isEmpty;
  $("topic-view").hidden = route.view !== "events" || isEmpty;
  $("topic-view").classList.toggle("alone", route.topic === null);
  $("side").hidden = route.topic === null;
  $("groups-view").hidden = route.view !== "groups";
  $("group-view").hidden = route.view !== "group";
  if (route.view === "events") $("groups-link").removeAttribute("aria-current");
  else $("groups-link").setAttribute("aria-current", "page");
  if (!WIDE.matches) $("browse").open = false;
  for (const id of ["partitions", "settings", "start-partition", "groups", "offsets"]) $(id).replaceChildren();
  $("sent").hidden = true;
  if (topic !== route.topic) $("text").value = "";
  drawTopics();
  if (route.view === "events" && !isEmpty) showEvents();
  if (route.view !== "events" || route.topic !== null) attempt(refreshView);
}

function showEvents() {
  const listed = topics.filter((topic) => route.topic === null || topic.name === route.topic);
  const count = route.partition !== "" ? 1 : listed.reduce((sum, topic) => sum + topic.partitions.length, 0);
  showStart();
  if (route.topic !== null && listed.length === 1) drawTopic(listed[0]);
  openEvents({ topic: route.topic, partition: route.partition, key: route.key }, route.start, count);
}

async function refreshView() {
  if (route.view === "events") await refreshTopic();
  if (route.view === "groups") await refreshGroups();
  if (route.view === "group") await refreshGroup();
}

// A first topic ends the welcome.
function onTopics() {
  if (!$("welcome").hidden && topics.length > 0) showRoute();
  if (topics.length === 0 && $("welcome").hidden && route.view === "events" && route.topic === null) showRoute();
}

// ---- where to start ----

const startKind = ({ start }) => {
  if (start === null) return "live";
  if (start.offset !== undefined) return "offset";
  if (start.from === "earliest") return "earliest";
  return /^-[0-9]+$/.test(start.from) ? "last" : "time";
};

function showStart() {
  const kind = startKind(route);
  $("start-kind").value = kind;
  $("start-kind").querySelector("[value=offset]").disabled = route.topic === null;
  $("start-key").value = route.key || "";
  $("partition-field").hidden = route.topic === null;
  if (kind === "offset") $("start-offset").value = route.start.offset;
  if (kind === "last") $("start-last").value = route.start.from.slice(1);
  if (kind === "time") $("start-time").value = localTime(new Date(route.start.from));
  const what = { live: "live", earliest: "from the beginning", offset: `from offset ${route.start?.offset}`,
                 last: `from the last ${route.start?.from?.slice(1)}`, time: `from ${route.start?.from}` }[kind];
  const filters = [route.partition !== "" && `partition ${route.partition}`, route.key && `key ${route.key}`];
  $("where-text").textContent = [what, ...filters].filter(Boolean).join(", ");
  showStartFields();
}

function showStartFields() {
  const kind = $("start-kind").value;
  for (const field of $("start").querySelectorAll("[data-kind]")) field.hidden = field.dataset.kind !== kind;
}

// As a datetime-local input writes it.
function localTime(date) {
  if (Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, -1);
}

// The start chosen in the form, as a query of the API.
function chosenStart(partition) {
  const time = new Date($("start-time").value);
  switch ($("start-kind").value) {
    case "earliest": return { from: "earliest" };
    case "last": return { from: `-${$("start-last").value || 1}` };
    case "offset":
      if (partition === "" && $("start-partition").options.length > 2)
        throw new Error("An offset belongs to one partition: choose the partition too.");
      return { offset: $("start-offset").value || "0" };
    case "time":
      if (Number.isNaN(time.getTime())) throw new Error("Give a date and a time to start from.");
      return { from: time.toISOString() };
    default: return {};
  }
}

// The same topic from another start on.
function goTo({ from = "", offset = "", partition, key }) {
  const given = Object.entries({ from, offset, partition, key }).filter(([, value]) => value !== "");
  const query = new URLSearchParams(given).toString();
  go((route.topic === null ? "#" : topicHash(route.topic)) + (query ? `?${query}` : ""));
}

$("start-kind").addEventListener("change", () => {
  if ($("start-kind").value === "time" && $("start-time").value === "")
    $("start-time").value = localTime(new Date(Date.now() - 3600000));
  showStartFields();
});

$("start").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => {
    const partition = route.topic === null ? "" : $("start-partition").value;
    goTo({ ...chosenStart(partition), partition, key: $("start-key").value });
  });
});

$("latest").addEventListener("click", () => goTo({ partition: route.partition, key: route.key || "" }));

// ---- the page as a whole ----

$("problem-close").addEventListener("click", () => showProblem(null));
window.addEventListener("hashchange", showRoute);

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "p" && route.view === "events" && pages.length > 0) togglePause();
  else if (event.key === "/") {
    $("browse").open = true;
    $("filter").focus();
  } else return;
  event.preventDefault();
});

function fitWidth() {
  $("browse").open = WIDE.matches;
  $("where").open = WIDE.matches;
}

WIDE.addEventListener("change", fitWidth);

function showLines() {
  const events = address(["topics", "clicks", "events"]);
  const lines = [curl(address(["topics", "clicks"]), { method: "PUT" }),
                 `${curl(events)} -d '{"page":"/","visitor":"ada"}'`,
                 curl(events)];
  $("first-lines").textContent = lines.join("\n");
  $("live-lines").textContent = curl(events, { accept: "text/event-stream" });
  prepareCopy($("copy-first"), () => `${$("first-lines").textContent}\n`);
  prepareCopy($("copy-live"), () => `${$("live-lines").textContent}\n`);
}

// In the background, quietly: the state in the header shows when the server is away.
function every(ms, action) {
  setInterval(() => document.hidden || Promise.resolve(action()).catch(() => {}), ms);
}

$("api").href = address(["openapi.yaml"]);
$("metrics").href = address(["metrics"]);
fitWidth();
showLines();
attempt(loadTopics).then(() => route.view === "none" && showRoute());
every(TOPIC_REFRESH_MS, () => refreshView());
every(LIST_REFRESH_MS, loadTopics);
every(EMPTY_REFRESH_MS, () => (areTopicsKnown && topics.length > 0 ? null : loadTopics()));
document.addEventListener("visibilitychange", () => document.hidden || loadTopics().catch(() => {}));
