package blockkit

import (
	"fmt"
	"strconv"
)

// Surface is a place blocks can be shown in. It decides how many blocks there may be and which kinds.
type Surface string

// The three surfaces of Slack: a message (at most 50 blocks), a modal and a Home tab (at most 100 each).
const (
	Message Surface = "message"
	Modal   Surface = "modal"
	Home    Surface = "home"
)

// Problem is one reason why Slack would refuse a payload.
type Problem struct {
	// Message says what is wrong, for example "must be less than 3001 characters".
	Message string
	// Pointer is the JSON pointer (RFC 6901) of the value, or of the object that lacks a field. Its parent always exists
	// in the payload.
	Pointer string
}

// String gives the line Slack puts into response_metadata.messages:
// "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]".
func (p Problem) String() string {
	return "[ERROR] " + p.Message + " [json-pointer:" + p.Pointer + "]"
}

// Messages seen in real answers of Slack (public issue threads).
const (
	mustBeObject   = "must provide an object"
	mustBeArray    = "must provide an array"
	mustBeString   = "must provide a string"
	mustBeEnum     = "must be a valid enum value"
	oneTableOnly   = "only_one_table_allowed"
	tooManyCharts  = "too many data_visualization blocks"
	submitRequired = "must define `submit` to use an `input` block in modals"
)

// Messages of our own: Slack refuses these values too, but its wording for them is not known.
const (
	mustBeBoolean    = "must provide a boolean"
	mustBeNumber     = "must provide a number"
	mustBeInteger    = "must provide an integer"
	mustBePositive   = "must be more than 0"
	mustBeURL        = "must be a valid URL"
	mustBeDate       = "must be a valid date (YYYY-MM-DD)"
	mustBeTime       = "must be a valid time (HH:mm)"
	mustBeUnixTime   = "must be a 10 digit UNIX timestamp"
	mustBeDecimal    = "must be a valid number"
	mustBeAnOption   = "must match one of the options"
	mustBeCategory   = "must match one of the categories"
	oneFocusOnly     = "only one element may have `focus_on_load`"
	modalOnly        = "is only allowed in modals"
	minAboveMax      = "must not be less than `min_length`"
	minValueAboveMax = "must not be less than `min_value`"
	tooManySelected  = "must not have more items than `max_selected_items`"
	onePointEach     = "must have one data point for each category"
)

func missing(field string) string { return "missing required field: " + field }

func unknownField(field string) string { return "invalid additional property: " + field }

func unsupported(typ string) string { return "unsupported type: " + typ }

func tooLong(most int) string { return "must be less than " + strconv.Itoa(most+1) + " characters" }

func tooShort(least int) string { return "must be more than " + strconv.Itoa(least-1) + " characters" }

func tooMany(most int) string { return "no more than " + strconv.Itoa(most) + " items allowed" }

func tooFew(least int) string { return "must provide at least " + strconv.Itoa(least) + " items" }

func exists(field, id string) string { return fmt.Sprintf("`%s` %q already exists", field, id) }

func either(a, b string) string { return fmt.Sprintf("must define either `%s` or `%s`", a, b) }

func notBoth(a, b string) string { return fmt.Sprintf("must not define both `%s` and `%s`", a, b) }

func outOfRange(least, most int) string {
	return fmt.Sprintf("must be between %d and %d", least, most)
}
