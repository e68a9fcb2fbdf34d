// The composers: Enter sends, Shift+Enter makes a new line, "/" offers the app's commands.
import { $, $$, refresh } from "./parts.js";
import { act, run, notice } from "./controls.js";

const drafts = new Map();
const place = (form) => [document.body.dataset.as, document.body.dataset.channel, form.dataset.thread ?? ""].join(" ");

/** Gives every composer of the page its draft back. */
export function restore() {
  for (const form of $$("[data-composer]")) {
    const box = $("textarea", form);
    box.value = drafts.get(place(form)) ?? "";
    grow(box);
  }
}

function grow(box) {
  box.rows = Math.min(8, Math.max(1, box.value.split("\n").length));
}

/** The commands that what is typed may become. */
function fitting(form, text) {
  if (!/^\/\S*$/.test(text)) return [];
  return JSON.parse(form.dataset.commands).filter((c) => c.command.startsWith(text));
}

function offer(form) {
  const box = $("textarea", form);
  const list = $(".suggest", form);
  const found = fitting(form, box.value);
  list.replaceChildren(...found.map((c, i) => {
    const row = document.createElement("div");
    row.setAttribute("role", "option");
    row.id = `${list.id}-${i}`;
    row.dataset.command = c.command;
    row.setAttribute("aria-selected", String(i === 0));
    for (const [tag, text] of [["strong", c.command], ["span", c.usage_hint], ["small", c.description]]) {
      const el = document.createElement(tag);
      el.textContent = text ?? "";
      row.append(el, " ");
    }
    return row;
  }));
  list.hidden = !found.length;
  box.setAttribute("aria-expanded", String(found.length > 0));
  choose(form, 0);
}

function choose(form, step) {
  const rows = $$("[role=option]", form);
  const box = $("textarea", form);
  if (!rows.length) return void box.removeAttribute("aria-activedescendant");
  const at = Math.max(0, rows.findIndex((r) => r.getAttribute("aria-selected") === "true"));
  const next = (at + step + rows.length) % rows.length;
  rows.forEach((r, i) => r.setAttribute("aria-selected", String(i === next)));
  rows[next].scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", rows[next].id);
}

function take(form, row) {
  const box = $("textarea", form);
  box.value = row.dataset.command + " ";
  offer(form);
  box.focus();
}

async function send(form) {
  const box = $("textarea", form);
  const text = box.value.trim();
  if (!text || form.getAttribute("aria-busy")) return;
  const key = place(form);
  box.value = "";
  offer(form);
  grow(box);
  drafts.delete(key);
  form.setAttribute("aria-busy", "true");
  const { channel } = document.body.dataset;
  const result = await run($(".send", form), { do: "say", channel, thread: form.dataset.thread ?? "", text });
  form.removeAttribute("aria-busy");
  if (result.failure && !box.value.trim()) box.value = text; // to be mended and sent again
  const list = form.closest("main, aside").querySelector(".list");
  list.scrollTop = list.scrollHeight;
  await refresh("messages", "thread", "sidebar");
  list.scrollTop = list.scrollHeight;
}

document.addEventListener("input", (e) => {
  const form = e.target.closest("[data-composer]");
  if (!form || e.target.tagName !== "TEXTAREA") return;
  drafts.set(place(form), e.target.value);
  grow(e.target);
  offer(form);
});

document.addEventListener("keydown", (e) => {
  const form = e.target.closest?.("[data-composer]");
  if (!form || e.target.tagName !== "TEXTAREA" || e.isComposing) return; // an input method needs its own Enter
  const list = $(".suggest", form);
  const row = list.hidden ? null : $("[aria-selected=true]", list);
  const typed = e.target.value;
  if (row && (e.key === "ArrowDown" || e.key === "ArrowUp")) choose(form, e.key === "ArrowDown" ? 1 : -1);
  else if (row && (e.key === "Tab" || (e.key === "Enter" && row.dataset.command !== typed))) take(form, row);
  else if (row && e.key === "Escape") list.hidden = true;
  else if (e.key === "Enter" && !e.shiftKey) send(form);
  else return;
  e.preventDefault();
});

document.addEventListener("mousedown", (e) => {
  const row = e.target.closest(".suggest [role=option]");
  if (!row) return;
  e.preventDefault();
  take(row.closest("form"), row);
});

document.addEventListener("submit", (e) => {
  if (!e.target.matches("[data-composer]")) return;
  e.preventDefault();
  send(e.target);
});

document.addEventListener("change", async (e) => {
  if (e.target.matches("[data-smart]")) await act({ do: "smart", on: e.target.checked });
  if (!e.target.matches("[data-attach]") || !e.target.files.length) return;
  const { as, lang, channel } = document.body.dataset;
  for (const file of e.target.files) {
    const q = new URLSearchParams({ as, lang, channel, name: file.name });
    const reply = await fetch("/ui/upload?" + q, { method: "POST", body: file });
    const result = reply.ok ? await reply.json() : { failure: await reply.text() };
    notice(e.target, result.failure ?? "");
  }
  e.target.value = "";
  refresh("messages");
});
