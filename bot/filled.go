package bot

import (
	"fmt"
	"strings"

	"sameday/store"
)

func (f *filled) customer() store.Customer {
	return store.Customer{
		Name: strings.TrimSpace(f.text("customer_name")), Phone: strings.TrimSpace(f.text("customer_phone")),
		ID: strings.TrimSpace(f.text("customer_id")),
	}
}

func formatFen(fen int64) string { return fmt.Sprint(fen) }
