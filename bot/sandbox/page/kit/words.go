package kit

import "strings"

// wording is what the kit says itself.
type wording struct {
	optional, more, table, choose, json, unknown, video, unsure, yes, no string
	days                                                                 []string // Sunday first; English dates are written by package time
}

// wordings is the table of languages.
var wordings = map[bool]wording{
	true: {
		optional: "（选填）", more: "更多操作", table: "表格", choose: "请选择", json: "查看 JSON", unknown: "未绘制的区块",
		video: "视频", unsure: "确定吗？", yes: "确定", no: "取消",
		days: []string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"},
	},
	false: {
		optional: " (optional)", more: "More actions", table: "Table", choose: "Choose", json: "Show JSON",
		unknown: "Block without a drawing", video: "Video", unsure: "Are you sure?", yes: "Yes", no: "Cancel",
	},
}

// chinese says whether a language tag is one of the Chinese ones.
func chinese(language string) bool { return strings.HasPrefix(strings.ToLower(language), "zh") }
