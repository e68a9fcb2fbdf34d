package page_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"sameday/bot/sandbox"
	"sameday/bot/sandbox/page"
)

// chromium finds the browser: without one the test is skipped, loudly, and fails where the build says that there is one.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("SAMEDAY_CI") == "1" {
		t.Fatal("no chromium, chromium-browser or google-chrome on this machine, and SAMEDAY_CI=1 asks for one")
	}
	t.Skip("SKIPPED: NO BROWSER. Install chromium to run the browser tests of the local workspace.")
	return ""
}

// browser is one process with a fresh profile; every window is a tab of it.
type browser struct {
	t    *testing.T
	ctx  context.Context
	shot string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := chromium(t)
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1440, 900),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	alloc, stop := chromedp.NewExecAllocator(ctx, opts...)
	root, end := chromedp.NewContext(alloc)
	t.Cleanup(func() { end(); stop(); cancel() })
	b := &browser{t: t, ctx: root, shot: os.Getenv("SAMEDAY_SCREENSHOTS")}
	if b.shot == "" {
		b.shot = t.TempDir()
	}
	if err := chromedp.Do(root); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return b
}

// tab is one window. What its scripts complain about fails the test.
type tab struct {
	b   *browser
	ctx context.Context
}

func (b *browser) open(address string) *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithListener(func(ev any) {
		if e, ok := ev.(*runtime.EventExceptionThrown); ok && e.ExceptionDetails != nil {
			b.t.Errorf("script: %s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
		}
	}))
	b.t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // without a time limit, which would end the window
		b.t.Fatalf("open a window: %v", err)
	}
	w := &tab{b: b, ctx: ctx}
	w.run(scheme("light"), chromedp.EmulateViewport(1440, 900), chromedp.Navigate(address))
	w.wait(`document.body.dataset.live === "1"`)
	return w
}

func (w *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	w.b.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		w.b.t.Fatalf("browser: %v\n%s", err, w.text())
	}
}

func (w *tab) text() string {
	ctx, cancel := context.WithTimeout(w.ctx, 5*time.Second)
	defer cancel()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.activeElement.outerHTML.slice(0, 200) + "\n" +
		(document.querySelector("main textarea")?.value ?? "") + "\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return s
}

// is evaluates a condition in the page.
func (w *tab) is(expr string) bool {
	w.b.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 10*time.Second)
	defer cancel()
	yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expr))
	if err != nil {
		w.b.t.Fatalf("ask for %s: %v", expr, err)
	}
	return yes
}

// scheme makes the window light or dark.
func scheme(shade string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: shade}},
		})
		return err
	})
}

// wait waits until the expression is true in the page.
func (w *tab) wait(expr string) {
	w.b.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 15*time.Second)
	defer cancel()
	err := chromedp.Do(ctx, chromedp.Poll[chromedp.Void]("Boolean("+expr+")", chromedp.WithPollingInterval(30*time.Millisecond), chromedp.WithPollingTimeout(0)))
	if err != nil {
		w.b.t.Fatalf("waited in vain for %s: %v\n%s", expr, err, w.text())
	}
}

// sees waits for a text in the page, or in the part the query names.
func (w *tab) sees(query, text string) {
	w.b.t.Helper()
	w.wait(fmt.Sprintf(`document.querySelector(%q)?.innerText.includes(%q)`, query, text))
}

// click clicks an element as soon as it is there, in one step: the page may draw it anew at any time.
func (w *tab) click(query string) {
	w.b.t.Helper()
	w.wait(fmt.Sprintf(`(() => { const e = document.querySelector(%q); if (!e?.offsetParent) return false; e.click(); return true; })()`, query))
}

// press clicks the button that says the text, inside the query.
func (w *tab) press(query, text string) {
	w.b.t.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll(%q)].filter((b) => b.innerText.trim() === %q && b.offsetParent).at(-1)`, query+" button, "+query+" a", text)
	w.wait(find)
	w.run(chromedp.Evaluate[chromedp.Void](find + ".click()"))
}

// typing types into an input. A carriage return at the end is the Enter key as a keyboard sends it.
func (w *tab) typing(query, text string) {
	w.b.t.Helper()
	words, enter := strings.CutSuffix(text, "\r")
	w.run(chromedp.SendKeys(chromedp.CSS(query), words, chromedp.NodeVisible))
	if enter {
		w.run(chromedp.Func(pressEnter))
	}
}

// pressEnter presses Enter; what it types is up to the page, as it is with a real keyboard.
func pressEnter(ctx context.Context, t *chromedp.Target) error {
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, input.DispatchKeyEventParams{
			Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *tab) picture(name string) {
	w.b.t.Helper()
	png, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		w.b.t.Fatalf("screenshot: %v", err)
	}
	if err := os.MkdirAll(w.b.shot, 0o755); err != nil {
		w.b.t.Fatalf("screenshots: %v", err)
	}
	if err := os.WriteFile(filepath.Join(w.b.shot, name+".png"), png, 0o644); err != nil {
		w.b.t.Fatalf("screenshot: %v", err)
	}
}

// looks takes pictures on a desktop and a phone, light and dark.
func (w *tab) looks(name string) {
	w.b.t.Helper()
	for _, shade := range []string{"light", "dark"} {
		w.run(scheme(shade))
		w.run(chromedp.EmulateViewport(1440, 900))
		w.picture(name + "-1440-" + shade)
		w.run(chromedp.EmulateViewport(390, 844))
		w.fits()
		w.picture(name + "-390-" + shade)
	}
	w.run(scheme("light"), chromedp.EmulateViewport(1440, 900))
}

// fits makes sure that nothing has to be scrolled sideways.
func (w *tab) fits() {
	w.b.t.Helper()
	if w.is(`document.documentElement.scrollWidth > innerWidth`) {
		w.b.t.Errorf("the page is wider than the window: %s", w.text())
	}
}

// tourSteps are five steps like those of a real app.
func tourSteps(h *helper, w *sandbox.Workspace, c *hands) []page.Step {
	day := c.Now().In(shanghai).YearDay()
	return []page.Step{
		{ID: "open", Title: "登记一件投诉", Text: "在 #静安支行 输入 /card 退年费，按回车。", Done: func() bool { return h.noted("/card") }},
		{ID: "walk", Title: "受理它", Text: "点卡片上的“受理”。", Done: func() bool { return h.noted("take") }},
		{ID: "night", Title: "留一件过夜", Text: "把时钟调到零点。", Done: func() bool { return c.Now().In(shanghai).YearDay() != day }},
		{ID: "notice", Title: "看日通报", Text: "读 #静安支行 里的日通报。", Done: func() bool { return h.noted("notice") }},
		{ID: "ledger", Title: "看台账", Text: "打开应用的主页，点“刷新”。", Done: func() bool { return h.noted("again") }},
	}
}

// newScene is a stage with a tour and a running app that posts a notice at midnight.
func newScene(t *testing.T) *stage {
	t.Helper()
	s := newStage(t, func(o *page.Options) {
		c := o.Clock.(*hands)
		app := o.Bot.(*appProcess)
		o.Tour = tourSteps(app.keep, o.Workspace, c)
		c.due = func(time.Time) {
			if !app.Running() {
				return
			}
			app.keep.note("notice")
			_ = app.keep.post(desk, "【日通报】静安支行 11 月 23 日：1 件过夜 <@"+bob+">")
		}
	})
	if err := s.app.Start(t.Context()); err != nil {
		t.Fatalf("start the app: %v", err)
	}
	return s
}

func TestBrowserTour(t *testing.T) {
	t.Parallel()
	b, s := newBrowser(t), newScene(t)
	w := b.open(s.url + "/?as=ann&channel=" + desk)
	w.sees("#tour", "已完成 0 / 5")
	w.typing("main textarea", "/ca")
	w.sees(".suggest", "发一张卡片")
	w.picture("tour-completion-1440-light")
	w.typing("main textarea", "\t退还年费 1,280 元 <b>\r")
	w.sees("#messages", "退还年费 1,280 元 <b>")
	w.sees("#tour", "已完成 1 / 5")
	w.press("#messages", "受理")
	w.sees("#messages", "已受理")
	w.sees("#messages", "1 条回复")
	w.sees("#tour", "已完成 2 / 5")
	w.click(`#clock [data-action="midnight"]`)
	w.sees("#clock", "00:00")
	w.sees("#messages", "【日通报】")
	w.sees("#tour", "已完成 4 / 5")
	w.looks("tour-channel")
	w.press("#messages", "1 条回复")
	w.sees("#thread", "09:12")
	w.typing("aside.thread textarea", "/card 不行\r")
	w.sees("aside.thread", "消息列中不支持 /card")
	w.looks("thread")
	w.click(fmt.Sprintf("[data-room=%q]", s.w.As(ann).DM()))
	w.press("#head", "主页")
	w.sees("#messages", "我的投诉")
	w.press("#messages", "刷新")
	w.sees("#tour", "导览已全部完成")
	w.looks("home")
	w.run(chromedp.EmulateViewport(390, 844), chromedp.Navigate(s.url+"/?as=bob"))
	w.sees("#sidebar", "静安支行")
	w.picture("list-390-light")
	w.click(`[data-room="` + desk + `"]`)
	w.sees("#messages", "【日通报】")
	w.fits()
}

func TestBrowserTwoPeople(t *testing.T) {
	t.Parallel()
	b, s := newBrowser(t), newScene(t)
	first, second := b.open(s.url+"/?as=ann&channel="+desk), b.open(s.url+"/?as=bob&lang=en&channel="+desk)
	first.typing("main textarea", "/card 抢一抢\r")
	first.sees("#messages", "抢一抢")
	second.sees("#messages", "抢一抢")
	var wg sync.WaitGroup
	for _, w := range []*tab{first, second} {
		wg.Go(func() {
			_ = chromedp.Do(w.ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-action="take"]').click()`))
		})
	}
	wg.Wait()
	for _, w := range []*tab{first, second} {
		w.sees("#messages", "已受理")
	}
	late := `[...document.querySelectorAll(".message.private")].some((m) => m.innerText.includes("别人已经受理了"))`
	var one, two bool
	for range 100 {
		if one, two = first.is(late), second.is(late); one || two {
			break
		}
		<-time.After(30 * time.Millisecond)
	}
	if one == two {
		t.Errorf("told that it is too late: first %v, second %v, want exactly one of them", one, two)
	}
	second.looks("english-channel")
	// An ordinary message of one is seen by the other one, with a mention in the list when she looks elsewhere.
	second.typing("main textarea", "@王莉 please look\r")
	first.sees("#messages", "please look")
	first.click(`[data-room="` + secret + `"]`)
	first.sees("#head", "重大投诉")
	second.typing("main textarea", "@王莉 again\r")
	first.wait(`document.querySelector('[data-room="` + desk + `"] .badge')?.innerText === "1"`)
	first.wait(`document.title.startsWith("(1) ")`)
}

func TestBrowserModal(t *testing.T) {
	t.Parallel()
	b, s := newBrowser(t), newScene(t)
	w := b.open(s.url + "/?as=ann&channel=" + desk)
	w.typing("main textarea", "/form \r")
	w.sees("#modal", "投诉登记")
	w.press("#modal", "登记")
	w.sees("#modal", "请填写此必填项")
	w.looks("modal-errors")
	w.typing("#modal textarea", "信用卡年费没有退")
	w.typing(`#modal [data-action="amount"]`, "abc")
	w.run(chromedp.SetValue(chromedp.CSS(`#modal [data-action="kind"]`), "fee"))
	w.run(chromedp.Evaluate[chromedp.Void](`document.querySelector('#modal [data-action="kind"]').dispatchEvent(new Event("change", {bubbles: true}))`))
	w.press("#modal", "登记")
	w.sees("#modal", "金额要写成数字")
	w.wait(`document.activeElement.dataset.action === "amount"`)
	w.wait(`document.querySelector("#modal textarea").value === "信用卡年费没有退"`)
	w.press("#modal", "再开一层")
	w.sees("#modal", "上一层之上")
	w.wait(`document.querySelector("#modal .sheet").dataset.depth === "2"`)
	w.press("#modal", "再开一层")
	w.wait(`document.querySelector("#modal .sheet").dataset.depth === "3"`)
	w.looks("modal-stack")
	w.press("#modal", "取消")
	w.wait(`document.querySelector("#modal .sheet").dataset.depth === "2"`)
	w.press("#modal", "取消")
	w.sees("#modal", "投诉登记")
	w.wait(`document.querySelector('#modal [data-action="amount"]').value === "abc"`)
	w.run(chromedp.Evaluate[chromedp.Void](`document.querySelector('#modal [data-action="amount"]').select()`))
	w.typing(`#modal [data-action="amount"]`, "1280")
	w.press("#modal", "登记")
	w.wait(`!document.querySelector("#modal").open`)
	w.sees("#messages", "信用卡年费没有退")
	// A question before a dangerous button: no, then yes; and Esc closes a form.
	w.press("#messages", "撤销")
	w.sees("#ask", "此操作不能恢复")
	w.looks("confirm")
	w.press("#ask", "不撤销")
	w.press("#messages", "撤销")
	w.press("#ask", "撤销")
	s.until(t, "the dangerous button to arrive", func() bool { return s.app.keep.noted("drop") })
	w.typing("main textarea", "/form \r")
	w.sees("#modal", "投诉登记")
	w.run(chromedp.KeyEvent("\u001b"))
	w.wait(`!document.querySelector("#modal").open`)
	w.wait(`document.activeElement.tagName === "TEXTAREA"`)
}

func TestBrowserBotKilled(t *testing.T) {
	t.Parallel()
	b, s := newBrowser(t), newScene(t)
	w := b.open(s.url + "/?as=ann&channel=" + desk + "&panel=trouble")
	w.sees("#bot-state", "运行中")
	w.typing("main textarea", "/form \r")
	w.sees("#modal", "投诉登记")
	if err := s.app.Stop(); err != nil {
		t.Fatalf("stop: %v", err)
	}
	w.typing("#modal textarea", "没有人听")
	w.typing(`#modal [data-action="amount"]`, "1")
	w.run(chromedp.Evaluate[chromedp.Void](`(() => { const k = document.querySelector('#modal [data-action="kind"]'); k.value = "fee"; k.dispatchEvent(new Event("change", {bubbles: true})); })()`))
	w.press("#modal", "登记")
	w.sees("#modal", "连接出了点问题")
	w.picture("modal-trouble-1440-light")
	w.click(`#modal .x`)
	w.wait(`!document.querySelector("#modal").open`)
	w.sees("#bot-state", "已停止")
	w.typing("main textarea", "/card 没有人\r")
	w.sees("main [data-notices]", "dispatch_failed")
	w.click(`#bot-switch`)
	w.sees("#bot-state", "运行中")
	w.wait(`document.querySelector("main textarea").value.includes("没有人")`)
	w.click("main .send")
	w.sees("#messages", "没有人")
	w.click(`[data-trouble="ratelimit"]`)
	w.typing("main textarea", "/card 太多了\r")
	w.sees("#trouble", "429")
	w.looks("trouble")
	w.click("#calm")
	w.wait(`!document.querySelector('[data-trouble="ratelimit"]').checked`)
	w.click("#bot-switch")
	w.sees("#bot-state", "已停止")
}

// until waits for something outside the browser.
func (s *stage) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 500 {
		if is() {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Fatalf("waited in vain for %s; noted: %s", what, strings.Join(s.app.keep.log, ", "))
}
