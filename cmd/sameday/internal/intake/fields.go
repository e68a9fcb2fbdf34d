// Package intake reads work orders from files (CSV, XLSX, JSON lines) and opens a complaint for each, once per work-order number.
//
// A file is read row by row and never held as a whole. Good rows go in; each bad one is reported by its line and a reason that never
// repeats what stands in it, because that may be a customer's personal data.
package intake

import (
	"strings"

	"golang.org/x/text/width"

	"sameday/bot/words"
	"sameday/workflow"
)

// Field is something a work order tells.
type Field string

// The fields. Only FieldUnit and FieldSummary are required.
const (
	FieldWorkOrder  Field = "work_order"
	FieldSender     Field = "sender"
	FieldReceivedAt Field = "received_at"
	FieldUnit       Field = "unit"
	FieldSource     Field = "source"
	FieldName       Field = "customer_name"
	FieldPhone      Field = "customer_phone"
	FieldID         Field = "customer_id"
	FieldBusiness   Field = "business"
	FieldAmount     Field = "amount"
	FieldSummary    Field = "summary"
	FieldRemedy     Field = "remedy"
)

// columns is the table of the fields and their Chinese column names.
var columns = []struct {
	field Field
	zh    string
}{
	{FieldWorkOrder, "工单编号"},
	{FieldSender, "来文单位"},
	{FieldReceivedAt, "收到时间"},
	{FieldUnit, "机构"},
	{FieldSource, "来源"},
	{FieldName, "客户姓名"},
	{FieldPhone, "联系电话"},
	{FieldID, "证件号"},
	{FieldBusiness, "业务"},
	{FieldAmount, "金额"},
	{FieldSummary, "摘要"},
	{FieldRemedy, "诉求"},
}

// Fields lists all fields.
func Fields() []Field {
	out := make([]Field, len(columns))
	for i, c := range columns {
		out[i] = c.field
	}
	return out
}

// fieldOf finds the field that a column is named for.
func fieldOf(column string) (Field, bool) {
	name := strings.ReplaceAll(plain(column), " ", "_")
	for _, c := range columns {
		if name == string(c.field) || name == c.zh {
			return c.field, true
		}
	}
	return "", false
}

// plain is the form in which names and words are compared: no outer spaces, no width, no case.
func plain(s string) string {
	return strings.ToLower(strings.TrimSpace(width.Fold.String(s)))
}

// sourceOf reads a source as people write it: its code or one of its names in either language.
func sourceOf(text string) (workflow.Source, bool) {
	code, ok := words.Enum(words.Source, text)
	return workflow.Source(code), ok
}
