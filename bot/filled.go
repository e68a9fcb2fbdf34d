package bot

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sameday/bot/grammar"
	"sameday/store"
	"sameday/workflow/org"
)

// filled reads a submitted form.
type filled struct {
	formState
	r     request
	wrong map[string]string // field → sentence
}

func (f *filled) text(name string) string { return f.formState[name].first() }

func (f *filled) people(name string) []org.PersonID {
	var out []org.PersonID
	for _, v := range f.formState[name].Values {
		out = append(out, org.PersonID(v))
	}
	return out
}

func (f *filled) amount(name string) int64 {
	typed := strings.TrimSpace(f.text(name))
	if typed == "" {
		return 0
	}
	fen, ok := grammar.ParseAmount(typed)
	if !ok {
		f.wrong[name] = f.r.words.T("reply.bad_amount", "word", echo(typed))
	}
	return fen
}

func (f *filled) time(name string) time.Time {
	typed := strings.TrimSpace(f.text(name))
	if typed == "" {
		return time.Time{}
	}
	t, ok := grammar.ParseTime(typed, f.r.now, f.r.zone)
	if !ok {
		f.wrong[name] = f.r.words.T("reply.bad_time", "word", echo(typed))
	}
	return t
}

func (f *filled) count(name string) int {
	typed := strings.TrimSpace(f.text(name))
	if typed == "" {
		return 0
	}
	n, err := strconv.Atoi(grammar.Fold(typed))
	if err != nil || n < 0 {
		f.wrong[name] = f.r.words.T("reply.bad_count", "word", echo(typed))
	}
	return n
}

func (f *filled) customer() store.Customer {
	return store.Customer{
		Name: strings.TrimSpace(f.text("customer_name")), Phone: strings.TrimSpace(f.text("customer_phone")),
		ID: strings.TrimSpace(f.text("customer_id")),
	}
}

func formatFen(fen int64) string { return fmt.Sprint(fen) }
