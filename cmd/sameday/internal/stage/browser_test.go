package stage_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/rs/zerolog"

	"sameday/cmd/sameday/internal/sample"
	"sameday/cmd/sameday/internal/stage"
)

// window is one tab of a browser on the page of a stage.
type window struct {
	t   *testing.T
	ctx context.Context
}

func openWindow(t *testing.T, address string) *window {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("SAMEDAY_CI") == "1" {
			t.Fatal("no chromium on this machine, and SAMEDAY_CI=1 asks for one")
		}
		t.Skip("SKIPPED: NO BROWSER. Install chromium to walk the tour in the page.")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	alloc, stop := chromedp.NewExecAllocator(ctx, chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1440, 900),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true))
	tab, end := chromedp.NewContext(alloc)
	t.Cleanup(func() { end(); stop(); cancel() })
	w := &window{t: t, ctx: tab}
	w.do(chromedp.Navigate(address))
	w.wait(`document.body.dataset.live === "1"`)
	return w
}

func (w *window) do(actions ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx, actions...); err != nil {
		w.t.Fatalf("browser: %v", err)
	}
}

// wait waits until a condition holds in the page.
func (w *window) wait(condition string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 25*time.Second)
	defer cancel()
	poll := chromedp.Poll[chromedp.Void]("Boolean("+condition+")", chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(0))
	if err := chromedp.Do(ctx, poll); err != nil {
		text, _ := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.body.innerText`))
		w.t.Fatalf("waited in vain for %s: %v\n%s", condition, err, text)
	}
}

// press clicks the last visible button that says the text, inside what the query names.
func (w *window) press(query, text string) {
	w.t.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll(%q)].filter((b) => b.innerText.trim() === %q && b.offsetParent).at(-1)`, query+" button", text)
	w.wait(find)
	w.do(chromedp.Evaluate[chromedp.Void](find + ".click()"))
}

// on presses a button of a complaint's card.
func (w *window) on(card, text string) {
	w.t.Helper()
	find := fmt.Sprintf(`[...[...document.querySelectorAll("#messages article")].filter((a) => a.innerText.includes(%q)).at(-1)?.querySelectorAll("button") ?? []].find((b) => b.innerText.trim() === %q && b.offsetParent)`, card, text)
	w.wait(find)
	w.do(chromedp.Evaluate[chromedp.Void](find + ".click()"))
}

// drawn waits until a complaint's card shows a text: its buttons of before are gone.
func (w *window) drawn(card, text string) {
	w.t.Helper()
	w.wait(fmt.Sprintf(`[...document.querySelectorAll("#messages article")].filter((a) => a.innerText.includes(%q)).at(-1)?.innerText.includes(%q)`, card, text))
}

// types sends a line by the composer.
func (w *window) types(text string) {
	w.t.Helper()
	w.do(chromedp.SendKeys(chromedp.CSS("#type"), text, chromedp.NodeVisible))
	w.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#type").form.requestSubmit()`))
	w.wait(`document.querySelector("#type").value === ""`)
}

// fills types into a field of the open form and sends it.
func (w *window) fills(fields ...string) {
	w.t.Helper()
	w.wait(`document.querySelector("#modal[open] [data-submit]")`)
	for i := 0; i+1 < len(fields); i += 2 {
		w.do(chromedp.SendKeys(chromedp.CSS(fmt.Sprintf("#modal [data-action=%q]", fields[i])), fields[i+1], chromedp.NodeVisible))
	}
	w.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#modal [data-submit]").click()`))
	w.wait(`!document.querySelector("#modal[open]")`)
}

func (w *window) ticked(step string) {
	w.t.Helper()
	w.wait(fmt.Sprintf(`document.querySelector('[data-step=%q]')?.classList.contains("ticked")`, step))
}

// looks takes pictures on a desktop and a phone, light and dark, where a folder for them is given.
func (w *window) looks(name string) {
	w.t.Helper()
	if os.Getenv("SAMEDAY_SCREENSHOTS") == "" {
		return
	}
	for _, shade := range []string{"light", "dark"} {
		w.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: shade}},
			})
			return err
		}))
		for _, width := range []int64{390, 1440} {
			w.do(chromedp.EmulateViewport(width, 900))
			w.picture(fmt.Sprintf("%s-%d-%s", name, width, shade))
		}
	}
}

func (w *window) picture(name string) {
	w.t.Helper()
	dir := os.Getenv("SAMEDAY_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		w.t.Errorf("picture %s: %v", name, err)
	}
}

// visits acts as a person, chosen by user id, and opens a conversation from the side bar.
func (w *window) visits(person, room string) {
	w.t.Helper()
	w.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => { const s = document.querySelector("#actas"); if (s.value !== %[1]q) { s.value = %[1]q; s.dispatchEvent(new Event("change", {bubbles: true})); } })()`, person)))
	w.wait(fmt.Sprintf(`document.body.dataset.as === %q && document.body.dataset.live === "1"`, person))
	link := fmt.Sprintf(`[...document.querySelectorAll("#sidebar [data-room]")].find((a) => a.querySelector(".name").innerText.trim() === %q)`, room)
	w.wait(link)
	w.do(chromedp.Evaluate[chromedp.Void](link + ".click()"))
	w.wait(fmt.Sprintf(`document.querySelector("#head").innerText.includes(%q) && document.body.dataset.as === %q`, room, person))
}

// moves presses a button of the clock, and waits until everything due has happened.
func (w *window) moves(to string) {
	w.t.Helper()
	still := `!document.querySelector("#clock").hasAttribute("aria-busy") && !document.querySelector("#clock-text").innerText.includes("…")`
	w.wait(still)
	before, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.querySelector("#clock-text").innerText`))
	if err != nil {
		w.t.Fatal(err)
	}
	w.press("#clock", to)
	w.wait(fmt.Sprintf(`%s && document.querySelector("#clock-text").innerText !== %q`, still, before))
}

// spoken is what the buttons say that the tour presses, in one language.
type spoken struct {
	open, accept, assign, contact, handle, feedback, satisfied string
	quarter, midnight, morning, ack, takeOver, timeline        string
	summary, wants, solution, notice                           string
}

var (
	chinese = spoken{
		open: "/complaint 新建", accept: "受理", assign: "交办", contact: "联系", handle: "处理", feedback: "反馈", satisfied: "满意",
		quarter: "+15 分钟", midnight: "零点", morning: "08:30", ack: "确认", takeOver: "接班", timeline: "/complaint 经过 1123-1",
		summary: "自助机吞卡，客户急需用款", wants: "当天取回", solution: "已从机具取出卡片，核对证件后当面交还客户并登记在册", notice: "【日通报】",
	}
	english = spoken{
		open: "/complaint new", accept: "Accept", assign: "Assign", contact: "Contact", handle: "Handle", feedback: "Feedback", satisfied: "satisfied",
		quarter: "+15 min", midnight: "Midnight", morning: "08:30", ack: "Acknowledge", takeOver: "Take over",
		timeline: "/complaint timeline 1123-1", summary: "The machine kept the card", wants: "The card, today",
		solution: "Took the card out of the machine and handed it over at the counter against ID", notice: "Daily notice",
	}
)

// The tour of make run, from start to end, by typing and clicking in a real browser.
func TestTourInTheBrowser(t *testing.T) {
	for language, say := range map[string]spoken{"zh-CN": chinese, "en": english} {
		t.Run(language, func(t *testing.T) { walkTour(t, language, say) })
	}
}

func walkTour(t *testing.T, language string, say spoken) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	zone, err := sample.Location()
	if err != nil {
		t.Fatal(err)
	}
	began, real := time.Date(2026, 11, 23, 16, 0, 0, 0, zone), time.Now()
	s, err := stage.Open(ctx, stage.Options{
		Language: language, Dir: t.TempDir(), Log: zerolog.Nop(), Samples: true, Now: func() time.Time { return began.Add(time.Since(real)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	w := openWindow(t, s.Page()+"?lang="+language)
	w.looks(language + "-1-start")
	w.walksTheSteps(say)
	w.looks(language + "-2-steps")
	w.nightOnDuty(say, language)
	text, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.querySelector("#messages").innerText`))
	if err != nil || !strings.Contains(text, say.notice) {
		t.Errorf("the channel shows no notice: %v\n%s", err, text)
	}
	w.types(say.timeline)
	w.ticked("ledger")
	w.looks(language + "-9-end")
}

// walksTheSteps opens a complaint and takes it to its closing.
func (w *window) walksTheSteps(say spoken) {
	w.t.Helper()
	const card = "20261123-007 · "
	w.types(say.open)
	w.fills("summary", say.summary)
	w.ticked("open")
	w.on(card, say.accept)
	w.drawn(card, "① "+say.accept+" ✓")
	w.on(card, say.assign)
	w.fills()
	w.drawn(card, "② "+say.assign+" ✓")
	w.on(card, say.contact)
	w.fills("wants", say.wants)
	w.drawn(card, "③ "+say.contact+" ✓")
	w.on(card, say.handle)
	w.fills("text", say.solution)
	w.drawn(card, "④ "+say.handle+" ✓")
	w.on(card, say.feedback)
	w.wait(`document.querySelector("#modal[open] input[type=radio]")`)
	w.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`[...document.querySelectorAll("#modal label")].find((l) => l.innerText.trim() === %q).click()`, say.satisfied)))
	w.fills()
	w.ticked("steps")
}

// nightOnDuty lets complaints climb at night, answers them as the officer on duty, and hands over in the morning.
func (w *window) nightOnDuty(say spoken, language string) {
	w.t.Helper()
	w.moves(say.midnight)
	w.moves(say.quarter)
	w.ticked("overnight")
	w.looks(language + "-3-night")
	w.moves(say.quarter)
	w.moves(say.quarter)
	w.ticked("climb")
	w.looks(language + "-4-climb")
	w.visits("U0WANGLI", "sameday")
	w.looks(language + "-5-ring")
	w.press("#messages", say.ack)
	w.ticked("answer")
	w.looks(language + "-6-answered")
	w.moves(say.morning)
	w.ticked("notice")
	w.visits("U0LIWEI", "sameday")
	w.looks(language + "-7-handover")
	w.press("#messages", say.takeOver)
	w.ticked("handover")
	w.visits("U0WANGLI", "jingan")
	w.looks(language + "-8-morning")
}
