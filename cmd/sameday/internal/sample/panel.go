package sample

// experts is the table of the panel: kind, name, handle, field in Chinese and English.
var experts = []struct{ kind, zh, handle, field, fieldEN string }{
	{"lawyer", "方正", "fang.zheng", "银行卡与征信", "Bank cards and credit records"},
	{"lawyer", "汤宁", "tang.ning", "贷款与担保", "Loans and guarantees"},
	{"expert", "秦越", "qin.yue", "理财销售", "Sale of wealth products"},
}

func panel(language string) []Expert {
	var out []Expert
	for _, e := range experts {
		kind := pick(language, map[string]string{"lawyer": "律师", "expert": "专家"}[e.kind], e.kind)
		field := pick(language, e.field, e.fieldEN)
		out = append(out, Expert{Kind: e.kind, Field: field, Person: Person{
			Handle: e.handle, Name: pick(language, e.zh, english(e.handle)), Email: e.handle + "@firm.example",
			Title: pick(language, "外聘"+kind+" "+field, "outside "+kind+", "+field),
		}})
	}
	return out
}
