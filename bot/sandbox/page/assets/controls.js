// What a person does: buttons, menus, inputs, modals. Everything goes to /ui/do and waits for the app's answer.
import { $, $$, refresh, announce, refocus, where } from "./parts.js";

/** Asks the server to do something as the person of this window. */
export async function act(body) {
  const d = document.body.dataset;
  const reply = await fetch("/ui/do", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ as: d.as, lang: d.lang, ...body }),
  });
  if (!reply.ok) return { failure: await reply.text() };
  return reply.json();
}

// What is done in a modal happens in order: what was typed arrives before the button that sends it.
let turn = Promise.resolve();
function inTurn(body) {
  const mine = turn.then(() => act(body));
  turn = mine.catch(() => {});
  return mine;
}

/** Shows a failure near the place it came from, until the next act there. */
export function notice(from, text) {
  const near = from?.closest?.("dialog, aside, main") ?? $("main");
  const box = $("[data-notices]", near) ?? $("main [data-notices]");
  if (box) box.textContent = text ?? "";
}

/** Does something with a control: marks it busy, shows what went wrong, draws what has changed. */
export async function run(control, body, ordered) {
  notice(control, "");
  control?.setAttribute("aria-busy", "true");
  const wait = setTimeout(() => { document.body.dataset.busy = "1"; announce(document.body.dataset.loading); }, 400);
  try {
    const result = await (ordered ? inTurn(body) : act(body));
    if (result.failure) notice(control, result.failure);
    if (result.parts) await refresh(...result.parts);
    return result;
  } catch {
    notice(control, $("#offline")?.textContent);
    return {};
  } finally {
    clearTimeout(wait);
    delete document.body.dataset.busy;
    control?.removeAttribute("aria-busy");
  }
}

/** Answers the question that was asked last. */
let answer;

/**
 * Asks before something is sent; true when the person agrees. The answer is what is pressed, not what the dialog says when it has closed: that
 * event comes later, and may meet the next question.
 */
function agreed(control) {
  const raw = control.dataset.confirm;
  if (!raw) return Promise.resolve(true);
  const words = JSON.parse(raw);
  const ask = $("#ask");
  $("#ask-title").textContent = words.title;
  $("#ask-text").textContent = words.text;
  $("#ask-no").textContent = words.deny;
  $("#ask-yes").textContent = words.confirm;
  $("#ask-yes").className = "button " + (words.style === "danger" ? "danger" : "primary");
  ask.addEventListener("close", () => refocus(control), { once: true });
  ask.showModal();
  return new Promise((done) => {
    answer?.(false); // a question that a new one has taken the place of
    const asked = new AbortController();
    const mine = answer = (yes) => { asked.abort(); done(yes); };
    ask.addEventListener("submit", (e) => mine(e.submitter?.value === "yes"), { signal: asked.signal });
    ask.addEventListener("close", () => ask.open || mine(false), { signal: asked.signal });
  });
}

/** Where a control stands and what it is called. */
function target(control) {
  const root = control.closest("[data-channel][data-ts]");
  const at = root?.dataset ?? {};
  const { action, block, kind } = control.dataset;
  return at.view ? { view: at.view, action, block, kind } : { channel: at.channel, ts: at.ts, action, block, kind };
}

async function press(control) {
  if (control.getAttribute("aria-busy") || !(await agreed(control))) return;
  const body = { do: "click", ...target(control) };
  if (body.kind === "overflow") body.values = [control.dataset.value];
  control.closest("details")?.removeAttribute("open");
  if (body.view) flush(control);
  await run(control, body, Boolean(body.view));
}

const typed = "input:not([type=checkbox], [type=radio]), textarea";

/** Sends what is typed and not yet sent, in the view of a button that is pressed: the cursor may still be in the input. */
function flush(button) {
  const view = button.closest(".sheet, .home");
  for (const c of view ? $$("[data-action]", view) : []) if (c.unsent && c.matches(typed)) changed(c);
}

/** The values of a control, as a list. */
function values(control) {
  if (control.matches("fieldset")) return $$("input:checked", control).map((i) => i.value);
  if (control.matches("select")) return [...control.selectedOptions].map((o) => o.value).filter(Boolean);
  if (control.dataset.multiple !== undefined) return JSON.parse(control.dataset.picked || "[]");
  return control.value ? [control.value] : [];
}

async function changed(control) {
  const at = target(control);
  if (control.matches(typed) && !control.unsent) return;
  control.unsent = false;
  if (control.dataset.source === "external" && control.dataset.multiple !== undefined) pick(control);
  if (!at.view) {
    if (await agreed(control)) await run(control, { do: "click", ...at, values: values(control) });
    return;
  }
  clearTimeout(control.asking);
  control.removeAttribute("aria-invalid");
  await run(control, { do: "fill", ...at, values: values(control) }, true);
}

/** Takes what was chosen in an external menu that holds several. */
function pick(control) {
  const option = [...control.list.options].find((o) => o.value === control.value);
  if (!option) return;
  const picked = JSON.parse(control.dataset.picked || "[]");
  if (!picked.includes(option.dataset.value)) {
    picked.push(option.dataset.value);
    const li = document.createElement("li");
    li.dataset.value = option.dataset.value;
    li.textContent = option.value;
    control.previousElementSibling?.append(li);
  }
  control.dataset.picked = JSON.stringify(picked);
  control.value = "";
}

/** Asks the app for options while somebody types. */
function suggest(control) {
  clearTimeout(control.asking);
  if (control.value.length < Number(control.dataset.min)) return;
  if ([...control.list.options].some((o) => o.value === control.value)) return; // one of them was chosen
  control.asking = setTimeout(async () => {
    const { options = [] } = await inTurn({ do: "suggest", ...target(control), text: control.value });
    control.list.replaceChildren(...options.map((o) => {
      const option = document.createElement("option");
      option.value = o.Text;
      option.dataset.value = o.Value;
      return option;
    }));
  }, 250);
}

let people = null;
/** Forgets who and what there is to pick. */
export function forgetDirectory() { people = null; }

/** Fills the menus of people and conversations; what is picked is in them already. */
export async function fillPickers(box = document) {
  const menus = $$("select[data-source]", box).filter((m) => !m.filled);
  if (!menus.length) return;
  people ??= fetch("/ui/directory?" + where()).then((r) => r.json());
  const all = await people;
  for (const menu of menus) {
    if (menu.filled) continue;
    menu.filled = true;
    const has = new Set([...menu.options].map((o) => o.value));
    for (const e of all[menu.dataset.source] ?? []) if (!has.has(e.id)) menu.add(new Option(e.name, e.id));
    if (menu.dataset.default === "current" && !menu.value) {
      menu.value = document.body.dataset.channel;
      if (menu.value) changed(menu);
    }
  }
}

/** Buttons of the page itself, by data-do. */
const doing = {
  async shortcut(b) { await run(b, { do: "shortcut", action: b.dataset.callback, channel: b.dataset.channel, ts: b.dataset.ts }); },
  async delete(b) { await run(b, { do: "delete", channel: b.dataset.channel, ts: b.dataset.ts }); },
  async join(b) { await run(b, { do: "join", channel: document.body.dataset.channel }); location.reload(); },
  async close(b) { await run(b, { do: "close" }, true); },
  async closeall(b) { await run(b, { do: "closeall" }, true); },
  async clock(b) { await moveClock(b, { action: b.dataset.action }); },
  async bot(b) { await run(b, { do: "bot", on: b.dataset.on === "true" }); },
  async drop(b) { await run(b, { do: "drop", action: b.dataset.action }); },
  async calm(b) { await run(b, { do: "calm" }); },
  async copy(b) {
    const link = new URL(b.dataset.link, location.href).href;
    await navigator.clipboard?.writeText(link);
    announce(document.body.dataset.copied);
  },
};

/** Moves the clock; the buttons rest until everything due has happened. */
async function moveClock(control, body) {
  const bar = $("#clock");
  bar.setAttribute("aria-busy", "true");
  $("#clock-text").textContent = document.body.dataset.moving;
  await run(control, { do: "clock", ...body });
  bar.removeAttribute("aria-busy");
  bar.lastHTML = "";
  await refresh("clock", "tour");
}

document.addEventListener("click", (e) => {
  const own = e.target.closest("[data-do]");
  if (own && !own.getAttribute("aria-busy")) {
    own.closest("details.menu")?.removeAttribute("open");
    doing[own.dataset.do]?.(own);
    return;
  }
  const control = e.target.closest("button[data-action], a[data-action]");
  if (control) press(control); // a link opens as well
  for (const d of $$("details.menu[open], details.overflow[open]")) if (!d.contains(e.target)) d.open = false;
});

document.addEventListener("change", (e) => {
  const el = e.target;
  if (el.dataset.trouble) return void run(el, { do: "trouble", action: el.dataset.trouble, on: el.checked });
  const control = el.closest("[data-action]");
  if (control && !control.matches("button, a, details")) changed(control);
});

document.addEventListener("input", (e) => {
  if (e.target.dataset.action) e.target.unsent = true;
  if (e.target.dataset.source === "external") suggest(e.target);
});

document.addEventListener("submit", (e) => {
  if (e.target.matches("[data-sheet]")) {
    e.preventDefault();
    const button = $("[data-submit]", e.target);
    if (!button || button.getAttribute("aria-busy")) return;
    flush(button);
    run(button, { do: "submit", view: e.target.parentElement.dataset.view }, true);
  } else if (e.target.matches("[data-goto]")) {
    e.preventDefault();
    moveClock($("button", e.target), { text: $("input", e.target).value.slice(0, 5) });
  }
});

document.addEventListener("keydown", (e) => {
  const open = e.target.closest?.("details.menu[open], details.overflow[open]");
  if (e.key === "Escape" && open) {
    e.preventDefault();
    open.open = false;
    $("summary", open).focus();
  }
});

const dialog = $("#modal");
dialog.addEventListener("cancel", (e) => { // Esc: the app is told, and then the modal goes
  e.preventDefault();
  run(null, { do: "closeall" }, true);
});
dialog.addEventListener("drawn", () => fillPickers(dialog));
