// The window: where it is, what it listens to, and going elsewhere without loading everything again.
import { $, $$, refresh, where } from "./parts.js";
import { act, fillPickers, forgetDirectory } from "./controls.js";
import { restore } from "./composer.js";

let stream = null;
let listening = ""; // person and language of the stream

/** Puts a freshly drawn page in order. */
function settle(moved) {
  for (const list of $$("#messages, #thread")) {
    const lit = $(".lit", list);
    if (lit) lit.scrollIntoView({ block: "center" });
    else if (list.id === "thread" || !document.body.dataset.tab) list.scrollTop = list.scrollHeight;
  }
  title();
  restore();
  fillPickers();
  listen();
  if (document.body.dataset.tab === "home") act({ do: "home" }).then((r) => refresh(...(r.parts ?? [])));
  if (moved) focusNew();
}

function focusNew() {
  const view = document.body.dataset.view;
  const box = view === "thread" ? $("aside.thread textarea") : $("main textarea");
  if (matchMedia("(min-width: 760px)").matches) (box ?? $("#messages"))?.focus();
}

/** The number of conversations with something new stands before the title. */
function title() {
  const n = Number($("#sidebar [data-unread]")?.dataset.unread ?? 0);
  const bare = document.title.replace(/^\(\d+\) /, "");
  document.title = n ? `(${n}) ${bare}` : bare;
}

/** Goes to another address of the page. */
async function go(url, push = true) {
  const reply = await fetch(url);
  if (!reply.ok) return void location.assign(url);
  const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
  const scrolled = $(".left")?.scrollTop ?? 0;
  const person = document.body.dataset.as;
  if (push) history.pushState(null, "", url);
  document.documentElement.lang = fresh.documentElement.lang;
  document.title = fresh.title;
  for (const [k, v] of Object.entries(fresh.body.dataset)) document.body.dataset[k] = v;
  const open = new Map($$("details[data-keep]").map((d) => [d.dataset.keep, d.open]));
  $("#app").replaceWith(document.adoptNode($("#app", fresh)));
  for (const d of $$("#app details[data-keep]")) if (open.has(d.dataset.keep)) d.open = open.get(d.dataset.keep);
  const left = $(".left");
  if (left) left.scrollTop = scrolled;
  if (person !== document.body.dataset.as) forgetDirectory();
  await refresh("modal");
  settle(true);
}

document.addEventListener("click", (e) => {
  if (e.defaultPrevented || e.button || e.metaKey || e.ctrlKey || e.shiftKey) return;
  const more = e.target.closest("a[data-more]");
  if (more) {
    e.preventDefault();
    history.replaceState(null, "", more.href);
    return void refresh(more.closest("#thread") ? "thread" : "messages");
  }
  const link = e.target.closest("a[href]");
  if (!link || link.target && !link.closest(".k-body") || link.hasAttribute("download") || e.target.closest(".skip")) return;
  const url = new URL(link.href, location.href);
  if (url.origin !== location.origin || url.pathname !== "/") return;
  e.preventDefault();
  go(url.href);
});

document.addEventListener("change", (e) => {
  if (e.target.id !== "actas") return;
  const q = where();
  q.set("as", e.target.value);
  for (const k of ["thread", "at", "limit", "tab"]) q.delete(k);
  go("/?" + q);
});

addEventListener("popstate", () => go(location.href, false));

// Going up and down the list of conversations with the arrow keys.
document.addEventListener("keydown", (e) => {
  if (!e.target.matches?.("#sidebar a.room") || !/^Arrow(Up|Down)$/.test(e.key)) return;
  const all = $$("#sidebar a.room").filter((a) => a.offsetParent);
  all[all.indexOf(e.target) + (e.key === "ArrowDown" ? 1 : -1)]?.focus();
  e.preventDefault();
});

document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape" || e.defaultPrevented || $("dialog[open]")) return;
  if (e.target.closest?.("aside.thread")) $("aside.thread .x")?.click();
});

const later = new Map();
/** Draws a part soon, once, however often it is asked for. */
function soon(name, delay) {
  if (later.has(name)) return;
  later.set(name, setTimeout(() => { later.delete(name); refresh(name); }, delay));
}

function listen() {
  const q = where();
  const who = q.get("as") + " " + q.get("lang");
  if (stream && listening === who) return;
  stream?.close();
  listening = who;
  stream = new EventSource("/ui/events?" + new URLSearchParams({ as: q.get("as"), lang: q.get("lang") }));
  stream.addEventListener("hello", (e) => {
    $("#offline").hidden = true;
    document.body.dataset.live = "1";
    clock(e);
    refresh("sidebar", "head", "messages", "thread", "modal", "tour", "trouble");
  });
  stream.addEventListener("clock", clock);
  stream.addEventListener("changed", (e) => changed(JSON.parse(e.data)));
  stream.onerror = () => {
    delete document.body.dataset.live;
    setTimeout(() => { if (!document.body.dataset.live) $("#offline").hidden = false; }, 1500);
  };
}

function clock(e) {
  const text = $("#clock-text");
  if (text && !$("#clock[aria-busy]")) text.textContent = JSON.parse(e.data);
}

function changed(n) {
  const { channel, tab } = document.body.dataset;
  if (n.all) return void refresh("sidebar", "head", "messages", "thread", "modal", "tour", "trouble");
  if (n.sidebar) forgetDirectory();
  if (n.view) refresh("modal", ...(tab === "home" ? ["messages"] : []));
  if (n.channels?.includes(channel)) refresh("messages", "thread", "head");
  if (n.channels || n.sidebar) soon("sidebar", 150);
  if (n.sidebar) soon("head", 150);
  if (n.channels || n.view) soon("tour", 400);
  soon("trouble", 300);
}

document.addEventListener("drawn", (e) => {
  if (e.target.id === "sidebar") title();
  if (e.target.id === "messages" || e.target.id === "thread") fillPickers(e.target);
});

refresh("modal");
settle(false);
