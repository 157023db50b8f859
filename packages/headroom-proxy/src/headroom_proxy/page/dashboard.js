"use strict";
// Texts of users and tools are put in as text, never as markup.

const $ = (id) => document.getElementById(id);
const EVERY = 1500;
let days = 1;
let timer = 0;
let drawn = "";

function put(tag, fields = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(fields)) made[name] = value;
  made.append(...children.map((child) => child ?? ""));
  return made;
}

function shape(tag, attributes, title) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (title) {
    const said = document.createElementNS("http://www.w3.org/2000/svg", "title");
    said.textContent = title;
    made.append(said);
  }
  return made;
}

const number = (n) => n.toLocaleString("en-US");

function short(n) {
  const size = Math.abs(n);
  if (size >= 1e6) return (n / 1e6).toFixed(size < 1e7 ? 2 : 1) + "M";
  if (size >= 1e4) return (n / 1e3).toFixed(size < 1e5 ? 1 : 0) + "k";
  return number(Math.round(n));
}

function money(dollars) {
  if (dollars === null || dollars === undefined) return "unknown";
  const size = Math.abs(dollars);
  const digits = size >= 100 ? 0 : size >= 0.1 || size === 0 ? 2 : size >= 0.0001 ? 4 : 6;
  const text = size.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (dollars < 0 ? "−$" : "$") + text;
}

const percent = (share, digits = 1) =>
  share === null || share === undefined ? "–" : (100 * share).toFixed(digits) + " %";

const milliseconds = (ms) =>
  ms === null || ms === undefined ? "–" : ms < 10 ? ms.toFixed(1) + " ms"
    : ms < 1000 ? ms.toFixed(0) + " ms" : (ms / 1000).toFixed(1) + " s";

function write(id, text, tone) {
  $(id).textContent = text;
  if (tone !== undefined) $(id).className = "big " + tone;
}

const tone = (dollars) => (dollars > 0 ? "good" : dollars < 0 ? "bad" : "");

async function ask(path) {
  const token = sessionStorage.getItem("headroom-token");
  const headers = token ? { "x-headroom-token": token } : {};
  const answer = await fetch(path, { headers, cache: "no-store" });
  if (answer.status === 401) throw new Error("token");
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function cards(stats) {
  const total = stats.total;
  const waits = stats.waits.edit;
  write("dollars", total.priced ? money(total.dollars_saved) : "–", tone(total.dollars_saved ?? 0));
  $("dollars-why").textContent = total.priced
    ? `${money(total.dollars)} billed, ${money(total.without)} without Headroom` +
      (total.unpriced ? `; ${number(total.unpriced)} requests without a known price` : "")
    : "no request with a known price yet";
  const paid = total.without > 0 ? Math.min(1, total.dollars / total.without) : 0;
  $("paid").firstElementChild.style.width = 100 * paid + "%";
  write("tokens", total.tokens_before ? "−" + percent(total.savings) : "–", tone(total.tokens_saved));
  const observed = stats.by_observed.reduce((sum, one) => sum + one.tokens_saved, 0);
  $("tokens-why").textContent =
    `${short(total.tokens_saved)} of ${short(total.tokens_before)} taken out` +
    (observed ? `; ${short(observed)} more only observed` : "");
  write("cache", percent(total.cache_hits));
  $("cache-why").textContent = `of ${short(total.read + total.written + total.fresh)} input tokens were read from it`;
  write("latency", waits ? "≤ " + milliseconds(waits.p50_ms) : "–");
  $("latency-why").textContent = waits
    ? `half of the requests; 99 % ≤ ${milliseconds(waits.p99_ms)}` : "nothing measured yet";
}

// What came of asking models for less; nothing where nobody did.
function output(trial) {
  const { steered, held } = trial;
  $("shorter").hidden = !(steered.conversations || held.conversations);
  const change = (share) => (share < 0 ? "−" : "+") + percent(Math.abs(share), 0);
  const side = (one) => `${number(one.conversations)} (${number(Math.round(one.output_per_answer ?? 0))} tokens an answer)`;
  $("output").textContent = `Conversations asked for less: ${side(steered)}, held out: ${side(held)}. ` +
    (trial.change === null ? `Not enough yet: ${trial.needed} are needed on each side.`
      : `Change: ${change(trial.change)}, with 95 % from ${change(trial.low)} to ${change(trial.high)}.`);
}

// Returns one bar for each step of time, gaps included.
function bars(stats) {
  const each = stats.step_seconds;
  const last = Math.floor(stats.now / each);
  const count = Math.ceil((days * 86400) / each);
  const found = Array.from({ length: count }, (_, n) => ({
    at: (last - count + 1 + n) * each, saved: 0, dollars: 0, after: 0, requests: 0,
  }));
  for (const slot of stats.course) {
    const bar = found[Math.floor(slot.at / each) - last + count - 1];
    if (bar) Object.assign(bar, {
      saved: slot.tokens_saved, after: slot.tokens_after, dollars: slot.dollars_saved ?? 0, requests: slot.requests,
    });
  }
  return found;
}

function span(seconds) {
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function clock(at) {
  const date = new Date(at * 1000);
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return days > 1 ? date.toLocaleDateString([], { month: "short", day: "numeric" }) + " " + time : time;
}

function chart(id, found, parts, say) {
  const svg = $(id);
  const [width, height, foot] = [960, 150, 18];
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const top = Math.max(...found.map((bar) => parts.reduce((sum, p) => sum + Math.max(0, p.of(bar)), 0)), 1e-9);
  const low = Math.min(...found.map((bar) => parts.reduce((sum, p) => sum + Math.min(0, p.of(bar)), 0)), 0);
  const scale = (height - foot) / (top - low);
  const zero = top * scale;
  const step = width / found.length;
  const shapes = [shape("line", { class: "axis", x1: 0, x2: width, y1: zero, y2: zero })];
  found.forEach((bar, n) => {
    let up = zero;
    let down = zero;
    for (const part of parts) {
      const value = part.of(bar);
      const size = Math.abs(value) * scale;
      if (!size) continue;
      const y = value > 0 ? (up -= size) : down;
      if (value < 0) down += size;
      const name = value < 0 ? "down" : part.name;
      const box = { class: name, x: n * step + 0.5, y, width: Math.max(1, step - 1.5), height: Math.max(1, size), rx: 1 };
      shapes.push(shape("rect", box, say(bar)));
    }
  });
  svg.replaceChildren(...shapes);
}

function notes(stats, found) {
  const each = span(stats.step_seconds);
  const most = found.reduce((a, b) => (Math.abs(b.dollars) > Math.abs(a.dollars) ? b : a));
  $("money-note").textContent = most.dollars
    ? `since ${clock(found[0].at)}; up to ${money(most.dollars)} in ${each}` : `since ${clock(found[0].at)}`;
  $("volume-note").textContent = `up to ${short(Math.max(...found.map((bar) => bar.after + bar.saved)))} in ${each}`;
}

function table(id, columns, rows, empty) {
  const head = put("thead", {}, put("tr", {}, ...columns.map((c) => put("th", { textContent: c }))));
  const body = put("tbody", {}, ...rows);
  if (rows.length) $(id).replaceChildren(head, body);
  else $(id).replaceChildren(put("caption", { className: "none", textContent: empty }));
}

function saved(list) {
  return list.slice(0, 8).map((one) => {
    const share = put("td", { className: "share", textContent: percent(one.savings, 0) });
    share.style.backgroundSize = `${100 * Math.max(0, one.savings ?? 0)}% 62%`;
    return put("tr", {}, put("td", { textContent: one.name, title: one.name }),
      put("td", { textContent: short(one.tokens_saved) }), share);
  });
}

function models(list) {
  return list.slice(0, 8).map((one) => put("tr", {},
    put("td", { textContent: one.name, title: one.name }),
    put("td", { textContent: number(one.requests) }),
    put("td", { textContent: percent(one.cache_hits, 0) }),
    put("td", { className: tone(one.dollars_saved ?? 0), textContent: money(one.dollars_saved) })));
}

function last(list) {
  return list.map((one) => {
    const open = one.texts > 0;
    const status = put("span", { className: one.status >= 400 ? "tag bad" : "tag", textContent: one.status });
    const tokens = one.tokens_before
      ? `${short(one.tokens_before)} → ${short(one.tokens_after)}` : "–";
    const row = put("tr", { className: open ? "open" : "" },
      put("td", { textContent: one.model || one.path, title: one.path }),
      put("td", { textContent: new Date(one.at * 1000).toLocaleTimeString() }),
      put("td", { textContent: one.wire ? one.mode : "passed by" }),
      put("td", {}, status),
      put("td", { textContent: tokens }),
      put("td", { textContent: one.usage ? percent(one.usage.read / Math.max(1, one.usage.read + one.usage.written + one.usage.fresh), 0) : "–" }),
      put("td", { className: tone(one.dollars_saved ?? 0), textContent: one.dollars === null ? "–" : money(one.dollars_saved) }),
      put("td", { textContent: one.wire ? milliseconds(one.edit_ms) : "–" }),
      put("td", { textContent: milliseconds(one.first_byte_ms) }),
      put("td", { textContent: open ? `${one.texts} ${one.texts > 1 ? "texts" : "text"} ›` : "" }));
    if (open) {
      row.tabIndex = 0;
      row.onclick = () => look(one.number);
      row.onkeydown = (event) => { if (event.key === "Enter") look(one.number); };
    }
    return row;
  });
}

function lines(text, others, name) {
  return text.split("\n").map((line) =>
    put("span", { textContent: line, className: others.has(line) ? "" : name }));
}

async function look(which) {
  const found = await ask(`/stats/texts?number=${encodeURIComponent(which)}`).catch(() => null);
  $("view-title").textContent = found ? `${found.model || found.path}: new texts, as they came and as they went up` : "This request has made room for newer ones.";
  $("texts").replaceChildren(...(found?.views ?? []).map((text) => {
    const before = new Set(text.before.split("\n"));
    const after = new Set(text.after.split("\n"));
    const sides = [put("pre", {}, ...lines(text.before, after, "gone")), put("pre", {}, ...lines(text.after, before, "new"))];
    const what = [text.tool, text.outcome].filter(Boolean).join(" · ");
    const title = `${what}: ${number(text.tokens_before)} → ${number(text.tokens_after)} tokens`;
    return put("section", { className: "text" }, put("h3", { textContent: title }), put("div", { className: "sides" }, ...sides));
  }));
  if (!$("view").open) $("view").showModal();
}

function trouble(stats) {
  const wrong = [stats.store, stats.books].filter(Boolean).join("; ");
  $("trouble").textContent = wrong;
  $("trouble").hidden = !wrong;
}

function draw(stats) {
  trouble(stats);
  cards(stats);
  output(stats.output);
  const found = bars(stats);
  notes(stats, found);
  chart("money", found, [{ name: "up", of: (bar) => bar.dollars }],
    (bar) => `${clock(bar.at)}: ${money(bar.dollars)}, ${number(bar.requests)} requests`);
  chart("volume", found, [{ name: "sent", of: (bar) => bar.after }, { name: "up", of: (bar) => bar.saved }],
    (bar) => `${clock(bar.at)}: ${number(bar.after)} sent, ${number(bar.saved)} taken out`);
  const columns = ["", "tokens", "saved"];
  table("tools", columns, saved(stats.by_tool), "No tool has printed anything yet.");
  table("content", columns, saved(stats.by_content), "Nothing was worth shortening yet.");
  table("models", ["", "requests", "cache", "net"], models(stats.by_model), "No request yet.");
  table("last", ["model", "time", "mode", "status", "new tokens", "cache", "net", "held up", "first byte", ""],
    last(stats.last), "Point a client at this address, and its requests show up here.");
}

async function turn() {
  clearTimeout(timer);
  try {
    const stats = await ask(`/stats?days=${days}`);
    $("door").hidden = true;
    $("main").hidden = false;
    const { now, ...rest } = stats;
    const seen = JSON.stringify([days, Math.floor(now / rest.step_seconds), rest]);
    if (seen !== drawn) draw(stats);
    drawn = seen;
    const total = stats.total.requests;
    $("live").textContent = `live, ${number(total)} request${total === 1 ? "" : "s"}`;
    $("live").className = "live on";
  } catch (error) {
    $("door").hidden = error.message !== "token";
    $("live").textContent = error.message === "token" ? "locked" : "the gateway does not answer";
    $("live").className = "live off";
  }
  timer = setTimeout(turn, EVERY);
}

for (const button of document.querySelectorAll("[data-days]")) {
  button.onclick = () => {
    days = Number(button.dataset.days);
    for (const other of document.querySelectorAll("[data-days]"))
      other.setAttribute("aria-pressed", String(other === button));
    turn();
  };
}
$("door").onsubmit = (event) => {
  event.preventDefault();
  sessionStorage.setItem("headroom-token", $("token").value);
  $("token").value = "";
  turn();
};
$("close").onclick = () => $("view").close();
$("look").onclick = () => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.look || (dark ? "dark" : "light");
  document.documentElement.dataset.look = now === "dark" ? "light" : "dark";
};
// #look=dark, #request=7: a link may say what it wants to show.
const told = new URLSearchParams(location.hash.slice(1));
if (told.has("look")) document.documentElement.dataset.look = told.get("look");
turn().then(() => { if (told.has("request")) look(told.get("request")); });
