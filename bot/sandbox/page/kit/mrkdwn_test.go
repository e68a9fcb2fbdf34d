package kit_test

import (
	"strings"
	"testing"

	"sameday/bot/sandbox/page/kit"
)

const newTab = `" target="_blank" rel="noopener noreferrer">`

func TestMrkdwn(t *testing.T) {
	t.Parallel()
	c := context(t, "zh-CN")
	for name, tt := range map[string]struct{ in, want string }{
		"escapes":           {"a &lt;b&gt; &amp;amp; c", "a &lt;b&gt; &amp;amp; c"},
		"raw brackets":      {"a < b <c", "a &lt; b &lt;c"},
		"empty reference":   {"<>", "&lt;&gt;"},
		"bold":              {"*粗体* x", "<strong>粗体</strong> x"},
		"bold in Han":       {"中文*粗体*中文", "中文*粗体*中文"},
		"bold in word":      {"a*b*c", "a*b*c"},
		"bold, punctuation": {"（*粗体*）", "（<strong>粗体</strong>）"},
		"spaced star":       {"2 * 3 * 4", "2 * 3 * 4"},
		"masked name":       {"客户 张* 138****1234，李* 说 *重点*", "客户 张* 138****1234，李* 说 <strong>重点</strong>"},
		"only stars":        {"*** ** *", "*** ** *"},
		"two masked names":  {"张* 和 李*", "张* 和 李*"},
		"across lines":      {"*a\nb*", "*a<br>b*"},
		"nested":            {"*a _b ~c~_*", "<strong>a <em>b <s>c</s></em></strong>"},
		"crossed":           {"*a _b* c_", "<strong>a _b</strong> c_"},
		"snake":             {"snake_case_name _it_", "snake_case_name <em>it</em>"},
		"code":              {"`*a* &lt;`", `<code class="k-code">*a* &lt;</code>`},
		"code with star":    {"*a `b* c` d*", `<strong>a <code class="k-code">b* c</code> d</strong>`},
		"block":             {"a\n```\n*x*\n y\n```\nb", "a<pre class=\"k-pre\">*x*\n y</pre>b"},
		"block unclosed":    {"```a", "```a"},
		"six backticks":     {"``````", "``````"},
		"quote":             {"a\n&gt; b\n> c\nd", `a<blockquote class="k-quote">b<br>c</blockquote>d`},
		"quote rest":        {"&gt;&gt;&gt; b\nc\n\nd", `<blockquote class="k-quote">b<br>c<br><br>d</blockquote>`},
		"link":              {"<https://a.example/?x=1&amp;y=2|a *b*>", `<a class="k-link" href="https://a.example/?x=1&amp;y=2` + newTab + "a *b*</a>"},
		"bold link":         {"*<https://a.example|x>*", `<strong><a class="k-link" href="https://a.example` + newTab + "x</a></strong>"},
		"bare link":         {"见https://a.example/x_y_z。", `见<a class="k-link" href="https://a.example/x_y_z` + newTab + "https://a.example/x_y_z</a>。"},
		"no bare link":      {"xhttps://a.example", "xhttps://a.example"},
		"bare link apart":   {"见 https://a.example/x_y_，好", `见 <a class="k-link" href="https://a.example/x_y` + newTab + "https://a.example/x_y</a>_，好"},
		"mail":              {"<mailto:a@b.example|写信>", `<a class="k-link" href="mailto:a@b.example">写信</a>`},
		"mail alone":        {"<mailto:a@b.example>", `<a class="k-link" href="mailto:a@b.example">a@b.example</a>`},
		"permalink":         {"<https://bank.slack.com/archives/C1/p1|7>", `<a class="k-link" href="/?at=C1/p1">7</a>`},
		"script link":       {"<javascript:alert(1)|x> <data:text/html,y>", "x &lt;data:text/html,y&gt;"},
		"split scheme":      {"<java\tscript:alert(1)|x>", "x"},
		"no host":           {"<https:///x|y> <//evil.example|z>", "y z"},
		"person":            {"<@U0LI>", `<span class="k-mention k-person" data-ref="U0LI"><bdi>@李伟</bdi></span>`},
		"person, label":     {"<@U9|李>", `<span class="k-mention k-person" data-ref="U9"><bdi>@李</bdi></span>`},
		"person unknown":    {"<@U9>", `<span class="k-mention k-person" data-ref="U9"><bdi>@U9</bdi></span>`},
		"channel":           {"<#C0JINGAN|x>", `<span class="k-mention k-channel" data-ref="C0JINGAN"><bdi>#静安支行</bdi></span>`},
		"group":             {"<!subteam^S0DUTY|@x>", `<span class="k-mention k-group" data-ref="S0DUTY"><bdi>@duty-静安</bdi></span>`},
		"group, label":      {"<!subteam^S9|@x>", `<span class="k-mention k-group" data-ref="S9"><bdi>@x</bdi></span>`},
		"here":              {"<!here>", `<span class="k-mention k-broadcast" data-ref="here"><bdi>@here</bdi></span>`},
		"here, label":       {"<!channel|x>", `<span class="k-mention k-broadcast" data-ref="channel"><bdi>@channel</bdi></span>`},
		"escaped here":      {"&lt;!here&gt;", "&lt;!here&gt;"},
		"other special":     {"<!foo|bar> <!foo>", "bar &lt;!foo&gt;"},
		"emoji":             {":bell::nothing: 09:30:12", `<span class="k-emoji" role="img" aria-label="bell" title=":bell:">🔔</span>:nothing: 09:30:12`},
		"skin":              {":+1::skin-tone-3:", `<span class="k-emoji" role="img" aria-label="+1::skin-tone-3" title=":+1::skin-tone-3:">👍🏼</span>`},
		"control":           {"a\x00b\x1bc\xff", "a\uFFFDb\uFFFDc\uFFFD"},
		"windows":           {"a\r\nb", "a<br>b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := string(kit.Mrkdwn(c, tt.in))
			wellFormed(t, got)
			if got != tt.want {
				t.Errorf("Mrkdwn(%q)\n got %s\nwant %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	c := context(t, "en")
	for name, tt := range map[string]struct{ in, want string }{
		"strong in Han":       {"中**粗**文", "<p>中<strong>粗</strong>文</p>"},
		"both":                {"***x***", "<p><strong><em>x</em></strong></p>"},
		"escape":              {`\*x\* \a`, `<p>*x* \a</p>`},
		"html":                {"<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"},
		"script link":         {"[x](javascript:alert(1))", "<p>x</p>"},
		"nested link":         {"[a [b](https://b.example)](https://a.example)", `<p>[a <a class="k-link" href="https://b.example` + newTab + `b</a>](<a class="k-link" href="https://a.example` + newTab + "https://a.example</a>)</p>"},
		"link, title":         {`[x](https://a.example "t")`, `<p><a class="k-link" href="https://a.example` + newTab + "x</a></p>"},
		"code":                {"``a`b``", `<p><code class="k-code">a` + "`" + `b</code></p>`},
		"heading":             {"## a *b* ##", `<h4 class="k-heading k-h2">a <em>b</em></h4>`},
		"no heading":          {"#a", "<p>#a</p>"},
		"break":               {"a\nb", "<p>a<br>b</p>"},
		"loose list":          {"- a\n\n- b\n\nc", `<ul class="k-list"><li dir="auto"><p>a</p></li><li dir="auto"><p>b</p></li></ul><p>c</p>`},
		"kinds of lists":      {"- a\n1. b", `<ul class="k-list"><li dir="auto"><p>a</p></li></ul><ol class="k-list"><li dir="auto"><p>b</p></li></ol>`},
		"fence unclosed":      {"```\n<x>", `<pre class="k-pre">&lt;x&gt;</pre>`},
		"table needs as many": {"a | b\n---", `<p>a | b</p><hr class="k-divider">`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := string(kit.Message(c, "", blocks(t, map[string]any{"type": "markdown", "text": tt.in}), nil, kit.Target{}))
			wellFormed(t, h)
			_, got, _ := strings.Cut(h, `<div class="k-md" dir="auto">`)
			if got = strings.TrimSuffix(got, "</div></div>"); got != tt.want {
				t.Errorf("markdown %q\n got %s\nwant %s", tt.in, got, tt.want)
			}
		})
	}
}
