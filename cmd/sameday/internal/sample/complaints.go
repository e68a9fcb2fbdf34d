package sample

import (
	"time"

	"sameday/store"
	"sameday/workflow"
	"sameday/workflow/calendar"
	"sameday/workflow/org"
)

// People finds a person's Slack user id by handle.
type People func(handle string) org.PersonID

// Complaint is a sample complaint and how far it has got.
type Complaint struct {
	Open     workflow.Open
	Customer store.Customer
	By       string // handle of who opens it
	At       time.Time
	Acts     []Act
}

// Act is a step somebody took on it.
type Act struct {
	By      string
	At      time.Time
	Command func(People) workflow.Command
}

// Complaints are the sample complaints as they stand at now: one left overnight yesterday, one closed on its day yesterday, the others
// from today at every step. Those of today are all received after midnight and before now, however early it is.
func Complaints(language string, now time.Time) ([]Complaint, error) {
	zone, err := Location()
	if err != nil {
		return nil, err
	}
	t := times{now: now, today: calendar.DayOf(now, zone), zone: zone}
	text := func(zh, en string) string { return pick(language, zh, en) }
	return append(yesterdays(t, text), todays(t, text)...), nil
}

// times places the samples on the clock.
type times struct {
	now   time.Time
	today calendar.Day
	zone  *time.Location
}

// longest is the longest that a sample of today lies back.
const longest = 4 * time.Hour

// ago is an instant of today that lies back d, less when the day is still young.
func (t times) ago(d time.Duration) time.Time {
	passed := t.now.Sub(t.today.Start(t.zone))
	if whole := longest + longest/8; passed < whole {
		d = time.Duration(float64(d) * float64(passed) / float64(whole))
	}
	return t.now.Add(-d).Truncate(time.Second)
}

func (t times) yesterday(hour, minute int) time.Time { return t.today.Add(-1).At(hour, minute, t.zone) }

func do(c workflow.Command) func(People) workflow.Command {
	return func(People) workflow.Command { return c }
}

func assign(handle, note string) func(People) workflow.Command {
	return func(id People) workflow.Command { return workflow.Assign{Handler: id(handle), Note: note} }
}

type bilingual func(zh, en string) string

func yesterdays(t times, text bilingual) []Complaint {
	fee := Complaint{
		By: "wang.li", At: t.yesterday(14, 20),
		Open: workflow.Open{
			Unit: "jingan", Source: workflow.SourceHotline, Business: "credit_card", Reason: "fee", AmountFen: 128_000,
			Summary: text("客户称信用卡已注销，仍被扣年费并产生滞纳金", "The customer closed the credit card and was still charged the annual fee and a late fee"),
			Remedy:  text("退还年费并更正征信记录", "Refund the fee and correct the credit report"),
		},
		Customer: store.Customer{Name: text("张建华", "Zhang Jianhua"), Phone: "13800138000"},
	}
	fee.Acts = []Act{
		{"wang.li", t.yesterday(14, 28), do(workflow.Accept{})},
		{"wang.li", t.yesterday(14, 35), assign("li.wei", text("先核对六月账单", "Check the June statement first"))},
		{"li.wei", t.yesterday(15, 40), do(workflow.Contact{
			How: workflow.ByPhone, Reached: true, Wants: text("要求退 1,280 元并出具说明", "Wants 1,280 yuan back and a letter"),
		})},
	}
	queue := Complaint{
		By: "zhang.lei", At: t.yesterday(9, 30),
		Open: workflow.Open{
			Unit: "xuhui", Source: workflow.SourceCounter, Business: "debit_card", Reason: "service",
			Summary: text("排队两小时，取号机故障无人引导", "Two hours in the queue: the ticket machine was broken and nobody helped"),
		},
		Customer: store.Customer{Name: text("李秀英", "Li Xiuying"), Phone: "13900139000"},
	}
	queue.Acts = []Act{
		{"zhang.lei", t.yesterday(9, 40), assign("yang.fan", "")},
		{"yang.fan", t.yesterday(10, 15), do(workflow.Contact{How: workflow.InPerson, Reached: true})},
		{"yang.fan", t.yesterday(11, 30), do(workflow.Handle{
			Solution: workflow.Rectified,
			Text: text("已更换取号机并增开两个弹性窗口，大堂经理当面为客户办妥业务",
				"The ticket machine was replaced, two more counters opened, and the lobby manager completed the customer's business in person"),
			Cause: text("设备故障未及时报修", "The broken machine had not been reported"),
		})},
		{"zhang.lei", t.yesterday(16, 5), do(workflow.Feedback{Answer: workflow.Satisfied})},
	}
	return []Complaint{fee, queue}
}

func todays(t times, text bilingual) []Complaint {
	report := Complaint{
		By: "sun.yue", At: t.ago(150 * time.Minute),
		Open: workflow.Open{
			Unit: "jingan", Source: workflow.SourcePBOC, WorkOrder: "PBOC-2026-0417", Sender: text("人民银行上海总部", "PBOC Shanghai"),
			Business: "credit_report", Reason: "information",
			Summary: text("贷款结清三个月，征信报告仍显示逾期，客户购房受阻", "The loan was repaid three months ago, the credit report still shows it overdue, and a house purchase is blocked"),
			Remedy:  text("更正征信并书面答复", "Correct the report and answer in writing"),
		},
		Customer: store.Customer{Name: text("陈志强", "Chen Zhiqiang"), Phone: "13700137000"},
		Acts: []Act{
			{"xu.lei", t.ago(140 * time.Minute), do(workflow.SetGrade{Grade: workflow.GradeKey, Notice: "PBOC-2026-0417"})},
			{"wang.li", t.ago(135 * time.Minute), assign("li.wei", "")},
			{"li.wei", t.ago(80 * time.Minute), do(workflow.Contact{How: workflow.ByPhone, Reached: true})},
		},
	}
	account := Complaint{
		By: "xu.jing", At: t.ago(50 * time.Minute),
		Open: workflow.Open{
			Unit: "pudong", Source: workflow.SourceOnline, Business: "electronic", Reason: "privacy",
			Summary: text("客户称手机银行被他人登录，留言：我的身份证 11010519491231002X，电话 13600136000，请回电",
				"The customer says somebody else logged in to mobile banking. The message: my ID is 11010519491231002X, phone 13600136000, please call back"),
		},
		Acts: []Act{{"xu.jing", t.ago(42 * time.Minute), do(workflow.Accept{})}},
	}
	card := Complaint{
		By: "fan.wei", At: t.ago(10 * time.Minute),
		Open: workflow.Open{
			Unit: "yuanqu", Source: workflow.SourceCounter, Business: "debit_card", Reason: "system",
			Summary: text("自助机吞卡，客户急需用款", "The machine kept the card and the customer needs cash today"),
		},
		Customer: store.Customer{Name: text("周梅", "Zhou Mei"), Phone: "13500135000"},
	}
	wealth := Complaint{
		By: "qian.jin", At: t.ago(100 * time.Minute),
		Open: workflow.Open{
			Unit: "kunshan", Source: workflow.SourceHeadOffice, WorkOrder: "HO-88213", Sender: text("总行客服中心", "Head-office customer service"),
			Business: "wealth", Reason: "information", AmountFen: 5_000_000, Flags: workflow.Flags{Vulnerable: true},
			Kinds:   []workflow.SeriousKind{workflow.KindCompensation},
			Summary: text("老年客户称购买理财时未被告知风险，要求赔偿本金损失", "An elderly customer was not told of the risk of a wealth product and asks for the lost principal"),
		},
		Customer: store.Customer{Name: text("吴桂兰", "Wu Guilan"), Phone: "13400134000"},
		Acts:     []Act{{"ding.ling", t.ago(75 * time.Minute), assign("wang.yang", text("调取双录", "Get the recording of the sale"))}},
	}
	return append([]Complaint{report, account, card, wealth}, finished(t, text)...)
}

// finished are today's complaints that are almost or wholly done.
func finished(t times, text bilingual) []Complaint {
	transfer := Complaint{
		By: "shen.jie", At: t.ago(210 * time.Minute),
		Open: workflow.Open{
			Unit: "gusu", Source: workflow.SourceMayorLine, WorkOrder: "12345-202611-0932", Business: "payment", Reason: "system", AmountFen: 300_000,
			Summary: text("转账显示成功但对方未到账", "A transfer shows as done and has not arrived"),
		},
		Customer: store.Customer{Name: text("孙丽", "Sun Li"), Phone: "13300133000"},
	}
	transfer.Acts = []Act{
		{"shen.jie", t.ago(200 * time.Minute), assign("wu.di", "")},
		{"wu.di", t.ago(160 * time.Minute), do(workflow.Contact{How: workflow.ByPhone, Reached: true})},
		{"wu.di", t.ago(60 * time.Minute), do(workflow.Handle{
			Solution: workflow.Rectified,
			Text: text("经查为收款行系统延迟，已协调清算中心补记，款项 3,000 元已到账",
				"The receiving bank's system was late; the clearing centre booked it again and the 3,000 yuan have arrived"),
		})},
	}
	app := Complaint{
		By: "ding.ling", At: t.ago(240 * time.Minute),
		Open: workflow.Open{
			Unit: "kunshan", Source: workflow.SourceHotline, Business: "electronic", Reason: "system",
			Summary: text("手机银行更新后无法登录", "Cannot log in to mobile banking after the update"),
		},
		Customer: store.Customer{Name: text("高翔", "Gao Xiang"), Phone: "13200132000"},
	}
	app.Acts = []Act{
		{"ding.ling", t.ago(235 * time.Minute), assign("wang.yang", "")},
		{"wang.yang", t.ago(200 * time.Minute), do(workflow.Contact{How: workflow.ByPhone, Reached: true})},
		{"wang.yang", t.ago(170 * time.Minute), do(workflow.Handle{
			Solution: workflow.Explained,
			Text: text("指导客户清除旧版缓存并重新绑定设备，已现场验证登录和转账正常",
				"Helped the customer clear the old version's cache and bind the device again; login and transfer were tested together"),
		})},
		{"ding.ling", t.ago(120 * time.Minute), do(workflow.Feedback{Answer: workflow.Satisfied})},
	}
	return []Complaint{transfer, app}
}
