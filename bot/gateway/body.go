package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// What fits into a body, in characters: with every character at its longest, and no complaints, it stays below maxBody.
const (
	maxID         = 200
	maxWord       = 100
	maxText       = 1000
	maxComplaints = 100
)

// message is the body of a request, as the package's page shows it.
type message struct {
	Version    int       `json:"version"`
	ID         string    `json:"id"`
	From       string    `json:"from"`
	At         time.Time `json:"at"`
	Person     person    `json:"person"`
	Unit       string    `json:"unit"`
	Rung       int       `json:"rung"`
	Complaints []item    `json:"complaints"`
	More       int       `json:"more"`
	Language   string    `json:"language,omitempty"`
	Text       string    `json:"text"`
}

type person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type item struct {
	Number string    `json:"number"`
	Why    string    `json:"why"`
	Since  time.Time `json:"since"`
}

// body writes a call. A ring must not fail for being long, so what does not fit is left out, complaints from the end.
func (w *webhook) body(c Call) ([]byte, error) {
	if !isID(c.ID) {
		return nil, &Refused{Reason: fmt.Sprintf("its id must be 1 to %d visible ASCII characters", maxID)}
	}
	if c.Person == "" {
		return nil, &Refused{Reason: "it names nobody"}
	}
	m := message{
		Version: 1, ID: c.ID, From: cut(w.from, maxWord), At: c.At.UTC(),
		Person: person{ID: cut(string(c.Person), maxWord), Name: cut(c.Name, maxWord)}, Unit: cut(c.Unit, maxWord), Rung: c.Rung,
		Complaints: []item{}, Language: cut(c.Language, maxWord), Text: cut(c.Text, maxText),
	}
	for _, i := range c.Complaints[:min(len(c.Complaints), maxComplaints)] {
		m.Complaints = append(m.Complaints, item{Number: cut(i.Number, maxWord), Why: cut(i.Why, maxWord), Since: i.Since.UTC()})
	}
	for {
		m.More = len(c.Complaints) - len(m.Complaints)
		raw, err := encode(m)
		if err != nil {
			return nil, &Refused{Reason: err.Error()}
		}
		if len(raw) <= maxBody || len(m.Complaints) == 0 {
			return raw, nil
		}
		m.Complaints = m.Complaints[:len(m.Complaints)-1]
	}
}

// encode writes JSON in which < and & stay readable: a gateway may log it.
func encode(m message) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("it cannot be written: %w", err) // a year beyond 9999
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func isID(id string) bool {
	return id != "" && len(id) <= maxID && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
}

// cut keeps the first n characters of a text, the last of them an ellipsis where more were there.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
