package page

import (
	"fmt"
	"strings"
	"time"
)

// speaker speaks one of the page's two languages.
type speaker int

const (
	english speaker = iota
	chinese
)

// speak finds the language; anything but Chinese is English.
func speak(language string) speaker {
	if strings.HasPrefix(strings.ToLower(language), "zh") {
		return chinese
	}
	return english
}

func (s speaker) code() string {
	if s == chinese {
		return "zh-CN"
	}
	return "en"
}

// T is a word of the table, with its places filled in. A key without an entry stands for itself.
func (s speaker) T(key string, args ...any) string {
	w, ok := words[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return w[s]
	}
	return fmt.Sprintf(w[s], args...)
}

// failures says in Chinese what the client shows; in English it is shown as it is.
var failures = []struct{ is, key string }{
	{"operation_timeout", "fail.timeout"},
	{"dispatch_failed", "fail.dispatch"},
	{"invalid_command_response", "fail.reply"},
	{"We had some trouble connecting. Try again?", "fail.modal"},
	{"This app does not respond to buttons or menus.", "fail.inactive"},
}

func (s speaker) failure(what string) string {
	if cmd, ok := strings.CutSuffix(what, " is not supported in threads. Sorry!"); ok {
		return s.T("fail.thread", cmd)
	}
	if cmd, ok := strings.CutSuffix(what, " is not a valid command."); ok {
		return s.T("fail.unknown", cmd)
	}
	for _, f := range failures {
		if f.is == what {
			return s.T(f.key)
		}
	}
	return what
}

// commandFailure is failure with the command's name where the failure does not say it.
func (s speaker) commandFailure(typed, what string) string {
	name, _, _ := strings.Cut(typed, " ")
	if strings.Contains(what, name) {
		return s.failure(what)
	}
	return s.T("fail.command", name, what) + " " + s.failure(what)
}

// fieldErrors says in the window's language what the client itself puts under an input; what the app says stays.
func (s speaker) fieldErrors(errs map[string]string) map[string]string {
	out := make(map[string]string, len(errs))
	for block, e := range errs {
		var n int
		switch {
		case e == "please complete this required field":
			e = s.T("field.required")
		case scanned(e, "please enter at least %d characters", &n):
			e = s.T("field.short", n)
		case scanned(e, "please enter at most %d characters", &n):
			e = s.T("field.long", n)
		}
		out[block] = e
	}
	return out
}

func scanned(text, format string, n *int) bool {
	_, err := fmt.Sscanf(text, format, n)
	return err == nil
}

var weekdays = [7]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// date is a day as people write it.
func (s speaker) date(t time.Time) string {
	if s == chinese {
		return fmt.Sprintf("%d月%d日 %s", t.Month(), t.Day(), weekdays[t.Weekday()])
	}
	return t.Format("Mon 2 Jan")
}

// day is date, or a word for today and yesterday.
func (s speaker) day(t, now time.Time) string {
	same := func(x, y time.Time) bool { return x.YearDay() == y.YearDay() && x.Year() == y.Year() }
	switch {
	case same(t, now):
		return s.T("today")
	case same(t, now.AddDate(0, 0, -1)):
		return s.T("yesterday")
	case t.Year() != now.Year():
		return t.Format("2006-01-02")
	}
	return s.date(t)
}

// words is the table of the page's own words: English, Chinese.
var words = map[string][2]string{
	"title":          {"Local workspace", "本地工作区"},
	"skip":           {"Skip to messages", "跳到消息"},
	"channels":       {"Channels", "频道"},
	"others":         {"More channels", "其他频道"},
	"directs":        {"Direct messages", "私信"},
	"channel":        {"channel", "频道"},
	"private":        {"private channel", "私密频道"},
	"direct":         {"direct message", "私信"},
	"members":        {"%d members", "%d 位成员"},
	"unread":         {"unread", "未读"},
	"mentions":       {"%d mentions", "%d 条提到你"},
	"archived":       {"This channel is archived.", "此频道已归档。"},
	"notmember":      {"You are not in this channel.", "你还不是此频道的成员。"},
	"join":           {"Join", "加入"},
	"no.channel":     {"There is no such conversation for this person. It may be private.", "此人看不到这个会话，它可能是私密的。"},
	"no.messages":    {"Nothing has been said here yet.", "这里还没有消息。"},
	"no.thread":      {"This thread is gone.", "此消息列已不存在。"},
	"no.pins":        {"Nothing is pinned here.", "这里没有置顶的消息。"},
	"no.home":        {"The app has published nothing here yet.", "应用还没有在这里发布内容。"},
	"actas":          {"Act as", "身份"},
	"window":         {"New window", "新窗口"},
	"language":       {"中文", "English"},
	"messages":       {"Messages", "消息"},
	"home":           {"Home", "主页"},
	"pins":           {"Pinned", "置顶"},
	"thread":         {"Thread", "消息列"},
	"back":           {"Back", "返回"},
	"closethread":    {"Close thread", "关闭消息列"},
	"close":          {"Close", "关闭"},
	"older":          {"Show older messages", "显示更早的消息"},
	"newest":         {"Go to the newest messages", "到最新消息"},
	"replies":        {"%d replies", "%d 条回复"},
	"reply1":         {"1 reply", "1 条回复"},
	"reply":          {"Reply in thread", "在消息列中回复"},
	"more":           {"More actions", "更多操作"},
	"copylink":       {"Copy link", "复制链接"},
	"copied":         {"The link is copied.", "链接已复制。"},
	"delete":         {"Delete message", "删除消息"},
	"onlyyou":        {"Only visible to you", "仅你可见"},
	"app":            {"APP", "应用"},
	"edited":         {"(edited)", "（已编辑）"},
	"pinned":         {"Pinned", "已置顶"},
	"today":          {"Today", "今天"},
	"yesterday":      {"Yesterday", "昨天"},
	"compose":        {"Message %s", "发消息到 %s"},
	"compose.thread": {"Reply…", "回复…"},
	"send":           {"Send", "发送"},
	"attach":         {"Attach a file", "附加文件"},
	"smart":          {"Smart quotes", "智能引号"},
	"keys":           {"Enter sends, Shift+Enter makes a new line, / starts a command.", "回车发送，Shift+回车换行，/ 开始命令。"},
	"commands":       {"Commands", "命令"},
	"submit":         {"Submit", "提交"},
	"cancel":         {"Cancel", "取消"},
	"loading":        {"Loading…", "加载中…"},
	"connecting":     {"The page has lost its connection and is trying again…", "页面连接已断开，正在重试…"},
	"cannot":         {"That did not work: %s", "没有成功：%s"},
	"gone":           {"this has changed meanwhile; look again", "内容已变化，请再看一次"},
	"busy":           {"the clock or the bot is being moved; wait a moment", "时钟或机器人正在变动，请稍候"},
	"refused.value":  {"This value is not allowed here.", "此处不能填写这个内容。"},
	"no.clock":       {"this workspace has no clock to move", "此工作区的时钟不能调整"},
	"no.bot":         {"there is no bot to start or stop here", "此处没有可启停的机器人"},
	"no.time":        {"give a time such as 17:45", "请输入时间，例如 17:45"},
	"no.trouble":     {"there is no such trouble", "没有这种故障"},

	"clock":          {"Clock", "时钟"},
	"clock.quarter":  {"+15 min", "+15 分钟"},
	"clock.evening":  {"18:00", "18:00"},
	"clock.midnight": {"Midnight", "零点"},
	"clock.morning":  {"08:30", "08:30"},
	"clock.to":       {"Go to a time", "调到某时刻"},
	"clock.go":       {"Go", "前往"},
	"clock.moving":   {"Time is passing…", "时间正在推进…"},

	"tour":      {"Tour", "导览"},
	"tour.done": {"%d of %d done", "已完成 %d / %d"},
	"tour.all":  {"That was the whole tour.", "导览已全部完成。"},
	"ticked":    {"done", "已完成"},

	"troubles":       {"Trouble", "故障演练"},
	"calm":           {"All off", "全部关闭"},
	"switches":       {"Switches", "开关"},
	"now":            {"Now", "立即"},
	"drop":           {"Drop all sockets", "断开所有连接"},
	"refresh":        {"Ask to reconnect", "要求重新连接"},
	"bot":            {"Bot", "机器人"},
	"bot.up":         {"running", "运行中"},
	"bot.down":       {"killed", "已停止"},
	"bot.kill":       {"Kill the bot", "停掉机器人"},
	"bot.start":      {"Start the bot", "启动机器人"},
	"state":          {"State", "状态"},
	"sockets":        {"Sockets", "连接"},
	"unanswered":     {"Unanswered", "未应答"},
	"waiting":        {"Waiting to be sent", "待发送"},
	"waiting.none":   {"Nothing waits.", "没有待发送的内容。"},
	"waiting.failed": {"The list cannot be read just now.", "暂时读不到列表。"},
	"envelopes":      {"Envelopes", "信封"},
	"envelopes.none": {"No envelope yet.", "还没有信封。"},
	"calls":          {"API calls", "接口调用"},
	"calls.none":     {"No call yet.", "还没有调用。"},
	"counts":         {"Counts", "计数"},
	"last":           {"Last", "最近"},
	"dropped":        {"Dropped in silence", "被静默丢弃"},
	"time":           {"Time", "时间"},
	"method":         {"Method", "方法"},
	"outcome":        {"Outcome", "结果"},
	"kind":           {"Kind", "类型"},
	"count":          {"Count", "次数"},
	"lane":           {"Lane", "通道"},
	"stored":         {"stored", "已存"},
	"retry":          {"retry", "重试"},

	"trouble.ratelimit":      {"Rate limit", "限流"},
	"trouble.ratelimit.hint": {"Posts and updates answer 429, try again in 5 s", "发送和更新返回 429，5 秒后再试"},
	"trouble.slow":           {"Slow Web API", "接口变慢"},
	"trouble.slow.hint":      {"Every call takes 2 s longer", "每次调用多用 2 秒"},
	"trouble.failing":        {"Failing Web API", "接口故障"},
	"trouble.failing.hint":   {"Every call answers 503", "每次调用返回 503"},
	"trouble.lost":           {"Lost replies", "丢失回复"},
	"trouble.lost.hint":      {"Messages are stored, but the bot is never told", "消息已存，但机器人收不到回复"},
	"trouble.nosockets":      {"No new sockets", "拒绝新连接"},
	"trouble.nosockets.hint": {"Socket Mode cannot be opened", "无法建立 Socket Mode 连接"},
	"trouble.ghost":          {"Ghost socket", "幽灵连接"},
	"trouble.ghost.hint":     {"A socket nobody reads swallows its share", "一个无人读取的连接会吞掉一部分消息"},
	"trouble.twice":          {"Duplicate events", "重复事件"},
	"trouble.twice.hint":     {"Each event comes twice", "每个事件送达两次"},
	"trouble.late":           {"Late events", "事件迟到"},
	"trouble.late.hint":      {"Events come 2 to 5 s later, in any order", "事件晚 2 至 5 秒，次序打乱"},
	"trouble.revoked":        {"Revoked token", "令牌失效"},
	"trouble.revoked.hint":   {"Every call answers token_revoked", "每次调用返回 token_revoked"},

	"fail.timeout":  {"The app did not answer in time.", "应用没有及时应答。"},
	"fail.dispatch": {"The app is not connected.", "应用没有连接。"},
	"fail.reply":    {"The app's answer could not be shown.", "应用的答复无法显示。"},
	"fail.modal":    {"We had some trouble connecting. Try again?", "连接出了点问题，再试一次？"},
	"fail.inactive": {"This app does not respond to buttons or menus.", "此应用不响应按钮和菜单。"},
	"fail.thread":   {"%s is not supported in threads. Sorry!", "消息列中不支持 %s，抱歉！"},
	"fail.unknown":  {"%s is not a valid command.", "%s 不是有效的命令。"},
	"fail.command":  {"%s failed with the error “%s”.", "%s 失败，错误为“%s”。"},

	"field.required": {"Please complete this required field.", "请填写此必填项。"},
	"field.short":    {"Please enter at least %d characters.", "请至少输入 %d 个字。"},
	"field.long":     {"Please enter at most %d characters.", "请最多输入 %d 个字。"},
}
