package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const maxBody = 4 << 20 // more than any message or view may hold

// args are the arguments of a call: a form's strings, or the values of a JSON body.
type args struct {
	form url.Values
	json map[string]json.RawMessage
}

// readArgs reads the query of a GET, or the form or JSON body of a POST.
func readArgs(r *http.Request) (args, *apiError) {
	if r.Method == http.MethodGet {
		q := r.URL.Query()
		q.Del("token") // Slack refuses tokens in the query
		return args{form: q}, nil
	}
	ctype, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.Header.Get("Content-Type") != "" {
		return args{}, fail("invalid_post_type")
	}
	switch ctype {
	case "application/json":
		return readJSON(r)
	case "", "application/x-www-form-urlencoded":
		body, err := readBody(r)
		if err != nil {
			return args{}, err
		}
		form, perr := url.ParseQuery(string(body))
		if perr != nil {
			return args{}, fail("invalid_form_data")
		}
		return args{form: form}, nil
	case "multipart/form-data":
		if err := r.ParseMultipartForm(maxBody); err != nil {
			return args{}, fail("invalid_form_data")
		}
		return args{form: url.Values(r.MultipartForm.Value)}, nil
	}
	return args{}, fail("invalid_post_type")
}

// readJSON reads a JSON body; an empty one is an empty object, because apps.connections.open is called like that.
func readJSON(r *http.Request) (args, *apiError) {
	body, err := readBody(r)
	if err != nil {
		return args{}, err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return args{}, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return args{}, fail("json_not_object")
		}
		return args{}, fail("invalid_json")
	}
	delete(fields, "token") // a JSON call carries its token in the header alone
	return args{json: fields}, nil
}

func readBody(r *http.Request) ([]byte, *apiError) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, fail("request_timeout")
	case len(body) > maxBody:
		return nil, fail("msg_too_large")
	}
	return body, nil
}

// bearer is the token of the header, or of the form of a POST.
func bearer(r *http.Request, a args) string {
	if t, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(t)
	}
	return a.form.Get("token")
}

// has tells whether the argument was given at all; JSON null counts as not given.
func (a args) has(name string) bool {
	if a.json != nil {
		v, ok := a.json[name]
		return ok && string(bytes.TrimSpace(v)) != "null"
	}
	return a.form.Has(name)
}

// text returns a string argument; a JSON number or boolean is taken as written.
func (a args) text(name string) string {
	if a.json == nil {
		return strings.ToValidUTF8(a.form.Get(name), "\uFFFD")
	}
	v := bytes.TrimSpace(a.json[name])
	var s string
	if len(v) == 0 || string(v) == "null" {
		return ""
	}
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// raw returns an argument that holds JSON: as such, or in a string, which is how forms carry it. Nil when not given.
func (a args) raw(name string) json.RawMessage {
	if !a.has(name) {
		return nil
	}
	if a.json == nil {
		if a.form.Get(name) == "" {
			return nil
		}
		return json.RawMessage(a.form.Get(name))
	}
	v := bytes.TrimSpace(a.json[name])
	var s string
	if json.Unmarshal(v, &s) == nil {
		return json.RawMessage(s)
	}
	return json.RawMessage(v)
}

func (a args) flag(name string) bool {
	b, err := strconv.ParseBool(a.text(name))
	return err == nil && b
}

// list reads ids separated by commas, or a JSON array of them.
func (a args) list(name string) []string {
	var out []string
	raw := a.raw(name)
	if json.Unmarshal(raw, &out) == nil {
		return out
	}
	for s := range strings.SplitSeq(a.text(name), ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// number reads an integer argument, or gives the default; ok is false when it is no integer.
func (a args) number(name string, otherwise int) (n int, ok bool) {
	s := a.text(name)
	if s == "" {
		return otherwise, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}
