package stage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"sameday/bot/sandbox"
	"sameday/workflow/org"
)

// greeting is what a newcomer reads first.
type greeting struct{ title, unit, open, you, try, more string }

func (s *Stage) greeting() greeting {
	if s.Bank.Language == "en" {
		return greeting{
			title: "Sameday, trying it out: a local Slack, a sample bank, no account needed. Data is thrown away at the end.",
			unit:  "Slack-compatible server",
			open:  "Open this in a browser",
			you:   "You are Li Wang (wang.li), complaint manager of Jing'an Sub-branch. Above: what happened since yesterday; one complaint was left overnight.",
			try: `Try:
  /complaint list
  /complaint new
  fill summary = The card was swallowed by the machine
  submit
  click 7 Accept
  /complaint assign 7 @li.wei check the machine first
  chen.tao@shanghai /notice yesterday
  until 00:06
  look dm
  /duty ack`,
			more: "help lists everything; who lists everybody; quit or Ctrl-C ends.",
		}
	}
	return greeting{
		title: "当日办试用：本地 Slack 和一家示例银行，不需要账号。结束后数据即删除。",
		unit:  "Slack 兼容服务",
		open:  "用浏览器打开",
		you:   "你现在是静安支行投诉主管王莉。上面是昨天以来发生的事：有一件投诉隔夜未结。",
		try: `试一试：
  /complaint 列表
  /complaint 新建
  fill summary = 自助机吞卡，客户急需用款
  submit
  click 7 受理
  /complaint 交办 7 @li.wei 先查机具日志
  chen.tao@shanghai /notice 昨天
  until 00:06
  look dm
  /duty 确认`,
		more: "help 列出全部用法；who 列出所有人；quit 或 Ctrl-C 结束。",
	}
}

// firstPerson is who a newcomer acts as.
const firstPerson = "wang.li"

// Interactive plays at a prompt until in ends, somebody types quit, or ctx ends. What happens in the workspace is printed as it happens.
// Where there is nobody to type (in ends before its first line), the page alone stays until ctx ends.
func (s *Stage) Interactive(ctx context.Context, in io.Reader, out io.Writer) error {
	changes, stop := s.Slack.Subscribe(4096)
	defer stop()
	g := s.greeting()
	_, _ = fmt.Fprintf(out, "%s\n", g.title)
	if err := s.Start(ctx); err != nil {
		return err
	}
	if err := s.As(firstPerson); err != nil {
		return err
	}
	news := s.news(changes)
	_, _ = fmt.Fprintf(out, "%s\n%s\n\n%s\n%s\n\n%s: %s\n%s: %s\n\n", news, g.you, g.try, g.more, g.unit, s.URL, g.open, s.Page())
	lines := make(chan string)
	go readLines(ctx, in, lines)
	for typed := false; ; typed = true {
		_, _ = fmt.Fprintf(out, "%s> ", s.Prompt())
		select {
		case <-ctx.Done():
			_, _ = fmt.Fprintln(out)
			return nil
		case line, more := <-lines:
			if !more {
				_, _ = fmt.Fprintln(out)
				if !typed {
					<-ctx.Done()
				}
				return nil
			}
			answer, err := s.Exec(ctx, line)
			if errors.Is(err, ErrQuit) || ctx.Err() != nil {
				return nil
			}
			if err != nil {
				answer += "! " + err.Error() + "\n"
			}
			_, _ = fmt.Fprint(out, s.news(changes), answer)
		}
	}
}

// readLines reads until the input or ctx ends. A read that waits for a keyboard cannot be taken back; the process ends over it.
func readLines(ctx context.Context, in io.Reader, lines chan<- string) {
	defer close(lines)
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		select {
		case lines <- scanner.Text():
		case <-ctx.Done():
			return
		}
	}
}

// news tells in a line each what was posted since it was last asked.
func (s *Stage) news(changes <-chan sandbox.Change) string {
	var b strings.Builder
	for {
		select {
		case c, ok := <-changes:
			if !ok {
				return b.String()
			}
			if line := s.newsLine(c); line != "" {
				b.WriteString(line)
			}
		default:
			return b.String()
		}
	}
}

func (s *Stage) newsLine(c sandbox.Change) string {
	if c.Kind != "message" {
		return ""
	}
	for _, u := range s.Bank.Units {
		id, err := s.room(u.People[0].Handle, string(u.ID))
		if err != nil || id != c.Channel {
			continue
		}
		return s.line(u.ID, u.People[0].Handle, c)
	}
	return ""
}

func (s *Stage) line(unit org.UnitID, handle string, c sandbox.Change) string {
	actor := s.Slack.As(s.people[handle])
	var list []sandbox.Message
	var err error
	where, thread := fmt.Sprintf("#%s", unit), ""
	if c.Thread != "" && c.Thread != c.TS {
		list, err = actor.Thread(c.Channel, c.Thread)
		thread = " └"
	} else {
		list, err = actor.Channel(c.Channel)
	}
	if err != nil {
		return ""
	}
	for _, m := range list {
		if m.TS == c.TS && m.BotID != "" && m.Subtype == "" {
			head := firstLines(s.names.Replace(m.Plain()), 2)
			return fmt.Sprintf("  %s %-12s%s %s\n", s.stamp(m.TS), where, thread, head)
		}
	}
	return ""
}

func firstLines(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[:min(n, len(lines))], "  ")
}
