// Package sample is the bank that "sameday try" shows: one head office, two branches, six sub-branches, the people who work there and a
// few complaints. Names, numbers and texts are invented.
package sample

import (
	_ "embed"
	"fmt"
	"strings"
	"text/template"
	"time"

	"sameday/cmd/sameday/internal/config"
	"sameday/workflow/org"
)

// Zone is where the sample bank is.
const Zone = "Asia/Shanghai"

// Person is somebody who works at the sample bank.
type Person struct {
	Handle string // the name people type, "wang.li"; unique
	Name   string // in the bank's language
	Email  string
	Title  string // unit and position, in the bank's language
	Unit   org.UnitID
	Post   org.Position
}

// Unit is a unit of the sample bank.
type Unit struct {
	ID      org.UnitID
	Tier    org.Tier
	Parent  org.UnitID
	Name    string
	Channel string // without the #
	People  []Person
}

// Expert is an outside expert of the sample bank; he holds no position in it.
type Expert struct {
	Person
	Kind  string // expert or lawyer
	Field string
}

// Bank is the sample bank in one language.
type Bank struct {
	Language string
	Units    []Unit
	Experts  []Expert
}

// person is a row of the table below: who holds a position at a unit.
type person struct {
	post   org.Position
	zh     string
	handle string
}

type unit struct {
	id     org.UnitID
	tier   org.Tier
	parent org.UnitID
	zh, en string
	people []person
}

// bank is the table of units and people. The English name of a person is made of the handle.
var bank = []unit{
	{"head-office", org.HeadOffice, "", "总行", "Head Office", []person{
		{org.NetworkFinance, "吴建国", "wu.jianguo"},
		{org.ConsumerProtection, "何静", "he.jing"},
		{org.ServiceDesk, "孙悦", "sun.yue"},
		{org.Standing, "郑伟", "zheng.wei"},
	}},
	{"shanghai", org.Branch, "head-office", "上海分行", "Shanghai Branch", []person{
		{org.President, "陈涛", "chen.tao"},
		{org.DeputyPresident, "林芳", "lin.fang"},
		{org.NetworkFinance, "赵敏", "zhao.min"},
		{org.ConsumerProtection, "徐磊", "xu.lei"},
		{org.Compliance, "高峰", "gao.feng"},
		{org.Office, "马丽", "ma.li"},
		{org.Supervision, "胡军", "hu.jun"},
	}},
	{"suzhou", org.Branch, "head-office", "苏州分行", "Suzhou Branch", []person{
		{org.President, "沈国强", "shen.guoqiang"},
		{org.DeputyPresident, "顾晓燕", "gu.xiaoyan"},
		{org.NetworkFinance, "陆明", "lu.ming"},
		{org.ConsumerProtection, "钱进", "qian.jin"},
	}},
	{"jingan", org.SubBranch, "shanghai", "静安支行", "Jing'an Sub-branch", []person{
		{org.President, "周敏", "zhou.min"},
		{org.DeputyPresident, "刘洋", "liu.yang"},
		{org.ComplaintManager, "王莉", "wang.li"},
		{org.Staff, "李伟", "li.wei"},
	}},
	{"xuhui", org.SubBranch, "shanghai", "徐汇支行", "Xuhui Sub-branch", []person{
		{org.President, "朱琳", "zhu.lin"},
		{org.ComplaintManager, "张磊", "zhang.lei"},
		{org.Staff, "杨帆", "yang.fan"},
	}},
	{"pudong", org.SubBranch, "shanghai", "浦东支行", "Pudong Sub-branch", []person{
		{org.President, "黄勇", "huang.yong"},
		{org.ComplaintManager, "许静", "xu.jing"},
		{org.Staff, "罗超", "luo.chao"},
	}},
	{"yuanqu", org.SubBranch, "suzhou", "园区支行", "Industrial Park Sub-branch", []person{
		{org.President, "陆建", "lu.jian"},
		{org.ComplaintManager, "孟瑶", "meng.yao"},
		{org.Staff, "范伟", "fan.wei"},
	}},
	{"gusu", org.SubBranch, "suzhou", "姑苏支行", "Gusu Sub-branch", []person{
		{org.President, "顾平", "gu.ping"},
		{org.ComplaintManager, "沈洁", "shen.jie"},
		{org.Staff, "吴迪", "wu.di"},
	}},
	{"kunshan", org.SubBranch, "suzhou", "昆山支行", "Kunshan Sub-branch", []person{
		{org.President, "徐峰", "xu.feng"},
		{org.ComplaintManager, "丁玲", "ding.ling"},
		{org.Staff, "汪洋", "wang.yang"},
	}},
}

// posts names the positions of the table, in Chinese and English.
var posts = map[org.Position][2]string{
	org.President:          {"行长", "president"},
	org.DeputyPresident:    {"分管副行长", "deputy president"},
	org.ComplaintManager:   {"投诉主管", "complaint manager"},
	org.Staff:              {"客户经理", "account manager"},
	org.NetworkFinance:     {"网络金融部总经理", "head of network finance"},
	org.ConsumerProtection: {"消保中心主任", "consumer-protection director"},
	org.Compliance:         {"合规部", "compliance"},
	org.Office:             {"办公室", "office"},
	org.Supervision:        {"监察室", "supervision"},
	org.ServiceDesk:        {"客户服务台", "service desk"},
	org.Standing:           {"总值班", "standing officer"},
}

func isEnglish(language string) bool { return language == "en" }

func pick(language, zh, en string) string {
	if isEnglish(language) {
		return en
	}
	return zh
}

// NewBank makes the sample bank; any language but "en" is Chinese.
func NewBank(language string) Bank {
	b := Bank{Language: pick(language, "zh-CN", "en")}
	for _, u := range bank {
		out := Unit{ID: u.id, Tier: u.tier, Parent: u.parent, Name: pick(language, u.zh, u.en), Channel: string(u.id)}
		for _, p := range u.people {
			title := posts[p.post]
			out.People = append(out.People, Person{
				Handle: p.handle, Name: pick(language, p.zh, english(p.handle)), Email: p.handle + "@bank.example",
				Title: pick(language, out.Name+" "+title[0], out.Name+", "+title[1]), Unit: u.id, Post: p.post,
			})
		}
		b.Units = append(b.Units, out)
	}
	b.Experts = panel(language)
	return b
}

// english makes "Li Wang" of "wang.li".
func english(handle string) string {
	family, given, _ := strings.Cut(handle, ".")
	title := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	return title(given) + " " + title(family)
}

// People lists everybody, units in the order of the tree, then the outside experts, who have no unit.
func (b Bank) People() []Person {
	var out []Person
	for _, u := range b.Units {
		out = append(out, u.People...)
	}
	for _, e := range b.Experts {
		out = append(out, e.Person)
	}
	return out
}

//go:embed bank.yaml.tmpl
var bankYAML string

// YAML is the bank's configuration as a file: what somebody would write for a real bank.
func (b Bank) YAML() (string, error) {
	t, err := template.New("bank").Parse(bankYAML)
	if err != nil {
		return "", fmt.Errorf("read the sample configuration: %w", err)
	}
	var out strings.Builder
	if err := t.Execute(&out, b); err != nil {
		return "", fmt.Errorf("write the sample configuration: %w", err)
	}
	return out.String(), nil
}

// Config is the bank's configuration, read back from [Bank.YAML]. The caller sets Data.
func (b Bank) Config() (*config.Config, error) {
	text, err := b.YAML()
	if err != nil {
		return nil, err
	}
	return config.Parse("sample bank", []byte(text))
}

// Location is the sample bank's zone.
func Location() (*time.Location, error) { return time.LoadLocation(Zone) }
