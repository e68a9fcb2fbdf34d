// Parts of the page: asking the server for them and putting them in place without disturbing what the person does.

export const $ = (query, from = document) => from.querySelector(query);
export const $$ = (query, from = document) => [...from.querySelectorAll(query)];

/** What this window shows: a copy of the address, with the person and language the server chose. */
export function where() {
  const q = new URLSearchParams(location.search);
  const d = document.body.dataset;
  q.set("as", d.as);
  q.set("lang", d.lang);
  if (d.channel) q.set("channel", d.channel);
  return q;
}

const wanted = new Set();
let running = null;

/** Draws parts again. Calls that come while one is under way are answered by the next one. */
export function refresh(...names) {
  for (const n of names) if (document.getElementById(n)) wanted.add(n);
  running ??= drain().finally(() => { running = null; });
  return running;
}

async function drain() {
  while (wanted.size) {
    const names = [...wanted];
    wanted.clear();
    const q = where();
    const asked = location.href;
    for (const n of names) q.append("part", n);
    const reply = await fetch("/ui/parts?" + q);
    if (!reply.ok) return;
    const parts = await reply.json();
    if (asked !== location.href) continue; // the window has gone elsewhere meanwhile
    for (const n of names) swap(n, parts[n]);
  }
}

function swap(name, html) {
  const box = document.getElementById(name);
  if (!box) return;
  if (name === "messages" || name === "thread") list(box, html);
  else if (name === "modal") modal(box, html);
  else replace(box, html);
  box.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
}

function parse(html) {
  const t = document.createElement("template");
  t.innerHTML = html;
  return t.content;
}

/** Replaces everything, but keeps what is folded open, how far it is scrolled and where the cursor is. */
function replace(box, html) {
  if (box.lastHTML === html) return;
  if ($(":active", box)) return void setTimeout(refresh, 200, box.id); // a click under way would be lost
  box.lastHTML = html;
  const open = new Map($$("details[data-keep]", box).map((d) => [d.dataset.keep, d.open]));
  const focus = key(document.activeElement, box);
  const top = box.scrollTop;
  box.replaceChildren(parse(html));
  for (const d of $$("details[data-keep]", box)) if (open.has(d.dataset.keep)) d.open = open.get(d.dataset.keep);
  box.scrollTop = top;
  if (focus) $(focus, box)?.focus();
}

/** A selector that finds the focused element again after it was drawn anew. */
function key(el, box) {
  if (!el || el === box || !box.contains(el)) return "";
  if (el.dataset.action) {
    const value = el.dataset.value ? `[data-value="${CSS.escape(el.dataset.value)}"]` : "";
    return `[data-block="${CSS.escape(el.dataset.block ?? "")}"][data-action="${CSS.escape(el.dataset.action)}"]${value}`;
  }
  if (el.id) return "#" + CSS.escape(el.id);
  if (el.dataset.room) return `[data-room="${CSS.escape(el.dataset.room)}"]`;
  return el.dataset.do ? `[data-do="${CSS.escape(el.dataset.do)}"]` : "";
}

/** Merges a list: items that are as they were stay untouched, with whatever is open or focused in them. */
function list(box, html) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const anchor = $$(":scope > .item", box).find((e) => e.offsetTop + e.offsetHeight > box.scrollTop);
  const before = anchor?.getBoundingClientRect().top;
  let cursor = box.firstElementChild;
  for (const node of [...parse(html).children]) {
    const had = node.id ? $$(":scope > #" + CSS.escape(node.id), box)[0] : null;
    if (had && had.dataset.v === node.dataset.v) {
      if (had === cursor) cursor = cursor.nextElementSibling;
      else box.insertBefore(had, cursor);
      continue;
    }
    const focus = had ? key(document.activeElement, had) : "";
    box.insertBefore(node, cursor);
    if (!had) continue;
    if (had === cursor) cursor = cursor.nextElementSibling;
    had.remove();
    if (focus) $(focus, node)?.focus();
  }
  while (cursor) {
    const next = cursor.nextElementSibling;
    cursor.remove();
    cursor = next;
  }
  if (atEnd) box.scrollTop = box.scrollHeight;
  else if (anchor?.isConnected) box.scrollTop += anchor.getBoundingClientRect().top - before;
}

/**
 * Gives the cursor back after a dialog. Chromium focuses the element it had before, but leaves a text input without a
 * caret, so that nothing can be typed: it has to lose the focus once and get it when the dialog is really gone.
 */
export function refocus(el) {
  if (!el?.isConnected) return;
  el.blur();
  requestAnimationFrame(() => {
    if ($("dialog[open]")) return;
    el.focus();
    if (el.matches("textarea")) el.setSelectionRange(el.value.length, el.value.length);
  });
}

let opener = null;

/** Shows the modal on top, or none; one that is as it was stays, with what is typed in it. */
function modal(dialog, html) {
  const sheet = parse(html).firstElementChild;
  if (!sheet) {
    if (!dialog.open) return;
    dialog.close();
    dialog.replaceChildren();
    refocus(opener);
    return;
  }
  const old = dialog.firstElementChild;
  if (dialog.open && old?.dataset.v === sheet.dataset.v) return;
  const same = old?.dataset.view === sheet.dataset.view;
  const focus = key(document.activeElement, dialog);
  const top = same ? $(".fields", dialog)?.scrollTop : 0;
  if (!dialog.open) opener = document.activeElement;
  dialog.replaceChildren(sheet);
  if (!dialog.open) dialog.showModal();
  $(".fields", dialog).scrollTop = top;
  const first = $("[aria-invalid=true]", dialog) ?? (same && focus ? $(focus, dialog) : null) ??
    $("[autofocus]", dialog) ?? $(".fields :is(input, textarea, select, button)", dialog) ?? $(".foot button", dialog);
  const to = first?.matches("fieldset") ? $("input", first) : first;
  to?.focus();
  if (to?.matches("textarea, input[type=text]")) to.setSelectionRange(to.value.length, to.value.length);
}

/** Says something to a screen reader. */
export function announce(text) {
  const live = document.getElementById("live");
  live.textContent = "";
  requestAnimationFrame(() => { live.textContent = text; });
}
