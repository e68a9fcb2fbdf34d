package blockkit_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/slack-go/slack"

	"sameday/bot/sandbox/blockkit"
)

func txt(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", s, true, false)
}

func md(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("mrkdwn", s, false, true) }

func opt(v string) *slack.OptionBlockObject {
	return slack.NewOptionBlockObject(v, txt("Option "+v), txt("about "+v))
}

func ptr[T any](v T) *T { return &v }

// everyElement is each element slack-go can build, filled in as far as it goes.
func everyElement() map[string]slack.BlockElement {
	confirm := slack.NewConfirmationBlockObject(txt("Sure?"), md("Really *sure*?"), txt("Yes"), txt("No")).WithStyle(slack.StyleDanger)
	one, two := opt("1"), opt("2")
	selectOf := func(kind string) *slack.SelectBlockElement {
		return &slack.SelectBlockElement{Type: kind, Placeholder: txt("pick"), ActionID: kind, Confirm: confirm}
	}
	multiOf := func(kind string) *slack.MultiSelectBlockElement {
		return &slack.MultiSelectBlockElement{Type: kind, Placeholder: txt("pick"), ActionID: kind, MaxSelectedItems: ptr(2)}
	}
	static := selectOf("static_select")
	static.Options, static.InitialOption = []*slack.OptionBlockObject{one, two}, two
	grouped := multiOf("multi_static_select")
	grouped.OptionGroups = []*slack.OptionGroupBlockObject{slack.NewOptionGroupBlockElement(txt("group"), one, two)}
	grouped.InitialOptions = []*slack.OptionBlockObject{one}
	external := selectOf("external_select")
	external.MinQueryLength, external.InitialOption = ptr(1), one
	conversations := selectOf("conversations_select")
	conversations.DefaultToCurrentConversation, conversations.ResponseURLEnabled = true, true
	conversations.Filter = &slack.SelectBlockElementFilter{Include: []string{"public", "mpim"}, ExcludeBotUsers: true}
	users := multiOf("multi_users_select")
	users.InitialUsers = []string{"U1"}
	text := slack.NewPlainTextInputBlockElement(txt("type"), "text").WithMinLength(20).WithMaxLength(3000).WithMultiline(true)
	text.DispatchActionConfig = &slack.DispatchActionConfig{TriggerActionsOn: []string{"on_enter_pressed"}}
	number := slack.NewNumberInputBlockElement(txt("n"), "number", true).WithInitialValue("1280.00").WithMinValue("0").WithMaxValue("1e6")
	button := slack.NewButtonBlockElement("go", "7", txt("Go")).WithStyle(slack.StylePrimary).WithConfirm(confirm).WithURL("https://example.com/x")
	checkboxes := slack.NewCheckboxGroupsBlockElement("check", slack.NewOptionBlockObject("1", md("*one*"), md("_first_")), two)
	checkboxes.InitialOptions = []*slack.OptionBlockObject{two}
	radio := slack.NewRadioButtonsBlockElement("radio", one, two)
	radio.InitialOption = one
	date := slack.NewDatePickerBlockElement("date")
	date.InitialDate = "2026-11-23"
	clock := slack.NewTimePickerBlockElement("time")
	clock.InitialTime, clock.Timezone = "09:30", "Asia/Shanghai"
	moment := slack.NewDateTimePickerBlockElement("moment")
	moment.InitialDateTime = 1795000000
	return map[string]slack.BlockElement{
		"button": button, "overflow": slack.NewOverflowBlockElement("more", one, two), "checkboxes": checkboxes,
		"radio_buttons": radio, "static_select": static, "multi_static_select": grouped, "external_select": external,
		"multi_external_select": multiOf("multi_external_select"), "users_select": selectOf("users_select"),
		"multi_users_select": users, "conversations_select": conversations,
		"multi_conversations_select": multiOf("multi_conversations_select"), "channels_select": selectOf("channels_select"),
		"multi_channels_select": multiOf("multi_channels_select"), "datepicker": date, "timepicker": clock,
		"datetimepicker": moment, "plain_text_input": text, "number_input": number,
		"email_text_input": slack.NewEmailTextInputBlockElement(txt("mail"), "mail"),
		"url_text_input":   slack.NewURLTextInputBlockElement(txt("url"), "url"),
		"rich_text_input":  slack.NewRichTextInputBlockElement(txt("rich"), "rich"),
		"file_input":       slack.NewFileInputBlockElement("file").WithMaxFiles(3).WithFileTypes("pdf", "png"),
		"workflow_button": &slack.WorkflowButtonBlockElement{
			Type: slack.METWorkflowButton, Text: txt("Run"), ActionID: "flow",
			Workflow: &slack.Workflow{Trigger: &slack.WorkflowTrigger{URL: "https://slack.com/shortcuts/Ft1/x"}},
		},
	}
}

func richBlock() *slack.RichTextBlock {
	return slack.NewRichTextBlock("rich",
		slack.NewRichTextSection(
			slack.NewRichTextSectionTextElement("bold ", &slack.RichTextSectionTextStyle{Bold: true}),
			slack.NewRichTextSectionLinkElement("https://example.com", "link", nil),
			slack.NewRichTextSectionTextElement(" to ", nil),
			slack.NewRichTextSectionUserElement("U1", nil),
			slack.NewRichTextSectionChannelElement("C1", nil),
			slack.NewRichTextSectionEmojiElement("wave", 2, nil),
			slack.NewRichTextSectionBroadcastElement("here"),
			slack.NewRichTextSectionUserGroupElement("S1")),
		slack.NewRichTextList(slack.RTEListOrdered, 1,
			slack.NewRichTextSection(slack.NewRichTextSectionTextElement("first", nil)),
			slack.NewRichTextSection(slack.NewRichTextSectionTextElement("second", nil))),
		&slack.RichTextQuote{Type: slack.RTEQuote, Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement("said\nso", nil)}},
		&slack.RichTextPreformatted{Type: slack.RTEPreformatted, Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement("code", nil)}},
	)
}

// everyBlock is a good block of each kind that may stand in a message.
func everyBlock() []slack.Block {
	image := slack.NewImageBlockElement("https://example.com/a.png", "a face")
	task := slack.NewTaskCardBlock("t1", "Look up the bill").WithStatus(slack.TaskCardStatusInProgress).WithDetails(richBlock())
	task.Details.BlockID = ""
	return []slack.Block{
		slack.NewHeaderBlock(txt("20261123-007 · 静安支行")),
		slack.NewSectionBlock(md("a &lt;b&gt; <https://example.com|c>"), []*slack.TextBlockObject{md("*Unit*\n静安支行"), txt("plain")},
			slack.NewAccessory(slack.NewButtonBlockElement("open", "1", txt("Open"))), slack.SectionBlockOptionBlockID("s1")),
		slack.NewSectionBlock(nil, []*slack.TextBlockObject{md("only fields")}, nil),
		slack.NewSectionBlock(txt("picture"), nil, slack.NewAccessory(image)),
		slack.NewDividerBlock(),
		slack.NewContextBlock("ctx", md("one"), txt("two"), image),
		slack.NewImageBlock("https://example.com/chart.png", "30 days", "img", txt("Trend")),
		slack.NewInputBlock("in", txt("Answer"), txt("a hint"), slack.NewPlainTextInputBlockElement(nil, "answer")),
		richBlock(),
		slack.NewMarkdownBlock("md", "# Title\n\n**bold**"),
		slack.NewTableBlock("tbl").AddRow(slack.NewTableRawTextCell("单位"), slack.NewTableRawTextCell("收到")).
			AddRow(slack.NewTableRawTextCell("静安支行"), slack.NewTableRawNumberCell(5)).
			WithColumnSettings(slack.ColumnSetting{Align: slack.ColumnAlignmentLeft}, slack.ColumnSetting{Align: slack.ColumnAlignmentRight, IsWrapped: true}),
		slack.NewVideoBlock("https://example.com/v", "https://example.com/t.png", "clip", "vid", txt("Film")),
		slack.NewContextActionsBlock("fb", slack.NewFeedbackButtonsBlockElement("fb",
			slack.NewFeedbackButton(txt("good"), "1"), slack.NewFeedbackButton(txt("bad"), "0")),
			slack.NewIconButtonBlockElement("trash", txt("Delete"), "del")),
		slack.NewCardBlock(slack.CardBlockOptionBlockID("card")).WithTitle(txt("Card")).WithBody(md("body")).WithHeroImage(image).
			WithActions(slack.NewButtonBlockElement("card_go", "1", txt("Go"))),
		slack.NewCarouselBlock(slack.NewCardBlock().WithTitle(txt("C1")), slack.NewCardBlock().WithTitle(txt("C2"))),
		slack.NewContainerBlock(slack.NewSectionBlock(txt("inside"), nil, nil)).WithTitle(txt("Box")).WithSubtitle(md("sub")).WithCollapsible(true, true),
		slack.NewLayoutBlock("Grid", slack.NewLayoutRow(slack.NewLayoutItem(slack.NewSectionBlock(txt("left"), nil, nil)).WithWidth(slack.LayoutWidthNarrow),
			slack.NewLayoutItem(slack.NewActionBlock("", slack.NewButtonBlockElement("right", "1", txt("Right")))))),
		slack.NewPlanBlock("Plan").WithTasks(task),
	}
}

func marshal(t *testing.T, v any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("marshal: %v", err)
	}
	return raw
}

func TestBlocksOfSlackGoAreGood(t *testing.T) {
	t.Parallel()
	kinds := map[slack.MessageBlockType]bool{}
	for _, b := range everyBlock() {
		kinds[b.BlockType()] = true
		raw := marshal(t, []slack.Block{b})
		if got := blockkit.CheckBlocks(raw, blockkit.Message, ""); got != nil {
			t.Errorf("%s: CheckBlocks(%s) = %v, want nothing", b.BlockType(), raw, got)
		}
	}
	if got := blockkit.CheckBlocks(marshal(t, everyBlock()), blockkit.Message, ""); got != nil {
		t.Errorf("all together: %v, want nothing", got)
	}
	raw := marshal(t, []slack.Block{slack.NewAlertBlock(txt("Mind"), slack.AlertBlockOptionLevel(slack.AlertLevelWarning))})
	if got := blockkit.CheckBlocks(raw, blockkit.Modal, ""); got != nil {
		t.Errorf("alert: %v, want nothing", got)
	}
}

func TestChartsAndDataTablesOfSlackGoAreGood(t *testing.T) {
	t.Parallel()
	axes := slack.DataVisualizationAxisConfig{Categories: []string{"1", "2"}, XLabel: "day", YLabel: "open"}
	points := slack.NewDataVisualizationDataSeries("late", slack.NewDataVisualizationDataPoint("1", 3), slack.NewDataVisualizationDataPoint("2", -1))
	for _, c := range []slack.DataVisualizationChart{
		slack.NewDataVisualizationPieChart(slack.NewDataVisualizationSegment("a", 2)),
		slack.NewDataVisualizationBarChart(axes, points),
		slack.NewDataVisualizationLineChart(axes, points),
		slack.NewDataVisualizationAreaChart(axes, points),
	} {
		raw := marshal(t, []slack.Block{slack.NewDataVisualizationBlock("Trend", c)})
		if got := blockkit.CheckBlocks(raw, blockkit.Message, ""); got != nil {
			t.Errorf("CheckBlocks(%s) = %v, want nothing", raw, got)
		}
	}
	table := slack.NewDataTableBlock("Caption").
		AddRow(slack.NewDataTableRawTextCell("unit"), slack.NewDataTableRawTextCell("open")).
		AddRow(slack.NewDataTableRawTextCell("静安"),
			slack.NewDataTableActionCell(slack.NewButtonBlockElement("show", "1", txt("Show")))).
		WithPageSize(10)
	if got := blockkit.CheckBlocks(marshal(t, []slack.Block{table}), blockkit.Message, ""); got != nil {
		t.Errorf("data table: %v, want nothing", got)
	}
}

func TestElementsOfSlackGoAreGood(t *testing.T) {
	t.Parallel()
	pressed := []string{"button", "overflow", "workflow_button"}
	typed := []string{"plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input", "file_input"}
	for kind, e := range everyElement() {
		if slices.Contains(pressed, kind) {
			raw := marshal(t, []slack.Block{slack.NewActionBlock("a", e), slack.NewSectionBlock(md("x"), nil, nil)})
			if got := blockkit.CheckBlocks(raw, blockkit.Message, ""); got != nil {
				t.Errorf("%s in actions: %v, want nothing: %s", kind, got, raw)
			}
			continue
		}
		view := slack.ModalViewRequest{
			Type: slack.VTModal, Title: txt("T"), Submit: txt("OK"),
			Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock("b", txt("Label"), nil, e)}},
		}
		if raw := marshal(t, view); blockkit.CheckView(raw) != nil {
			t.Errorf("%s in a modal: %v, want nothing: %s", kind, blockkit.CheckView(raw), raw)
		}
		if slices.Contains(typed, kind) || kind == "conversations_select" { // response_url_enabled is for modals
			continue
		}
		raw := marshal(t, []slack.Block{slack.NewActionBlock("a", e)})
		if got := blockkit.CheckBlocks(raw, blockkit.Message, ""); got != nil {
			t.Errorf("%s in actions: %v, want nothing: %s", kind, got, raw)
		}
	}
}
