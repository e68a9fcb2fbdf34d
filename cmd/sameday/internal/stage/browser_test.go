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

// The tour of make run, from start to end, by typing and clicking in a real browser.
func TestTourInTheBrowser(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	zone, err := sample.Location()
	if err != nil {
		t.Fatal(err)
	}
	began, real := time.Date(2026, 11, 23, 16, 0, 0, 0, zone), time.Now()
	s, err := stage.Open(ctx, stage.Options{
		Language: "zh-CN", Dir: t.TempDir(), Log: zerolog.Nop(), Samples: true, Now: func() time.Time { return began.Add(time.Since(real)) },
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
	w := openWindow(t, s.Page())
	w.types("/complaint 新建")
	w.fills("summary", "自助机吞卡，客户急需用款")
	w.ticked("open")
	w.on("20261123-007 · ", "受理")
	w.on("20261123-007 · ", "交办")
	w.fills()
	w.on("20261123-007 · ", "联系")
	w.fills("wants", "当天取回")
	w.on("20261123-007 · ", "处理")
	w.picture("tour-handle")
	w.fills("text", "已从机具取出卡片，核对证件后当面交还客户并登记在册")
	w.on("20261123-007 · ", "反馈")
	w.wait(`document.querySelector("#modal[open] input[type=radio]")`)
	w.do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll("#modal label")].find((l) => l.innerText.trim() === "满意").click()`))
	w.fills()
	w.ticked("steps")
	w.press("#clock", "次日 08:30")
	w.ticked("overnight")
	w.ticked("notice")
	w.picture("tour-notice")
	w.types("/complaint 经过 1123-1")
	w.ticked("ledger")
	w.picture("tour-end")
	text, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.querySelector("#messages").innerText`))
	if err != nil || !strings.Contains(text, "【日通报】") {
		t.Errorf("the channel shows no notice: %v\n%s", err, text)
	}
}
