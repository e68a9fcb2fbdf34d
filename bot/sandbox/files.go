package sandbox

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	uploadMost  = 64 << 20 // bytes the sandbox takes; Slack takes 1 GB
	snippetMost = 1 << 20
	shareMost   = 100
)

// File is a file as people see it.
type File struct {
	ID, Name, Title, MimeType string
	Size                      int
}

type file struct {
	File
	length  int    // what was announced
	key     string // of the upload address
	user    string
	data    []byte
	done    bool
	made    time.Time
	altText string
}

// fileJSON is a file object; base may be empty where no address is wanted.
func (w *Workspace) fileJSON(f *file, base string) object {
	o := object{
		"id": f.ID, "name": f.Name, "title": f.Title, "mimetype": f.MimeType, "size": f.Size, "user": f.user,
		"created": unix(f.made), "timestamp": unix(f.made), "mode": "hosted", "is_external": false, "is_public": true,
		"filetype": strings.TrimPrefix(path.Ext(f.Name), "."), "alt_txt": f.altText, "shares": object{},
	}
	if base != "" {
		o["url_private"] = base + "/files/" + f.ID
		o["url_private_download"] = base + "/files/" + f.ID + "?download=1"
	}
	return o
}

func getUploadURL(c *call) (object, *apiError) {
	name := c.args.text("filename")
	size, ok := c.args.number("length", 0)
	switch {
	case name == "" || !ok || size < 1:
		return nil, fail("missing_argument")
	case size > uploadMost:
		return nil, fail("file_upload_size_restricted")
	case c.args.text("snippet_type") != "" && size > snippetMost:
		return nil, fail("snippet_too_large")
	case utf8.RuneCountInString(c.args.text("alt_txt")) > 1000:
		return nil, fail("invalid_arguments")
	}
	f := c.w.newFile(name, c.w.bot.ID)
	f.length, f.altText = size, c.args.text("alt_txt")
	return object{"upload_url": c.base + "/upload/" + f.key, "file_id": f.ID}, nil
}

func (w *Workspace) newFile(name, user string) *file {
	f := &file{
		File: File{ID: w.id("F"), Name: name, Title: name, MimeType: or(mime.TypeByExtension(path.Ext(name)), "application/octet-stream")},
		key:  w.secret(), user: user, made: w.opts.Now(),
	}
	w.files[f.ID] = f
	return f
}

// serveUpload takes the bytes of a file, raw or as the multipart field "file".
func (w *Workspace) serveUpload(rw http.ResponseWriter, r *http.Request) {
	key := path.Base(r.URL.Path)
	data, err := uploaded(rw, r)
	w.answer(rw, r, callUpload, "", func() reply {
		if err != nil {
			return plain(http.StatusBadRequest, "bad upload")
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, f := range w.files {
			if f.key != key || f.done {
				continue
			}
			if len(data) != f.length {
				return plain(http.StatusBadRequest, "length differs from what was announced")
			}
			f.data, f.Size = data, len(data)
			return plain(http.StatusOK, "OK - "+strconv.Itoa(len(data)))
		}
		return plain(http.StatusNotFound, "no such upload")
	})
}

func uploaded(rw http.ResponseWriter, r *http.Request) ([]byte, error) {
	body := http.MaxBytesReader(rw, r.Body, uploadMost+1<<20)
	r.Body = body
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && kind == "multipart/form-data" {
		part, _, err := r.FormFile("file")
		if err != nil {
			return nil, err
		}
		defer func() { _ = part.Close() }()
		return io.ReadAll(part)
	}
	return io.ReadAll(body)
}

// completeUpload shares uploaded files: a message in each channel named.
func completeUpload(c *call) (object, *apiError) {
	var asked []struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	if json.Unmarshal(c.args.raw("files"), &asked) != nil || len(asked) == 0 {
		return nil, fail("invalid_arguments")
	}
	var files []*file
	for _, a := range asked {
		f := c.w.files[a.ID]
		if f == nil || f.data == nil || f.done || f.user != c.w.bot.ID {
			return nil, fail("file_not_found")
		}
		f.Title = or(a.Title, f.Title)
		files = append(files, f)
	}
	rooms, err := c.shareWith()
	if err != nil {
		return nil, err
	}
	thread := c.args.text("thread_ts")
	for _, ch := range rooms {
		if err := ch.answerable(thread); err != nil {
			return nil, err
		}
		if wait := c.w.admit(c.at, c.w.postQuotas(ch.ID)...); wait > 0 {
			return nil, limited(wait)
		}
	}
	out := []object{}
	for _, f := range files {
		f.done = true
		out = append(out, c.w.fileJSON(f, c.base))
	}
	for _, ch := range rooms {
		m := c.w.own(ch, &content{text: c.args.text("initial_comment")}, thread)
		m.subtype, m.files = "file_share", files
		c.w.add(m)
	}
	return object{"files": out}, nil
}

func (c *call) shareWith() ([]*channel, *apiError) {
	ids := c.args.list("channels")
	if one := c.args.text("channel_id"); one != "" {
		ids = append(ids, one)
	}
	if len(ids) > shareMost {
		return nil, fail("channels_limit_exceeded")
	}
	var rooms []*channel
	for _, id := range ids {
		ch := c.w.channels[id]
		switch {
		case ch == nil || ch.Private && !ch.has(c.w.bot.ID):
			return nil, fail("channel_not_found")
		case ch.Archived:
			return nil, fail("posting_to_channel_denied")
		case !ch.has(c.w.bot.ID):
			return nil, fail("not_in_channel")
		}
		rooms = append(rooms, ch)
	}
	return rooms, nil
}

// serveFile gives a file's bytes to whoever shows the bot token.
func (w *Workspace) serveFile(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	f := w.files[path.Base(r.URL.Path)]
	allowed := bearer(r, args{}) == w.BotToken() && w.granted("files:read")
	w.mu.Unlock()
	switch {
	case !allowed:
		http.Error(rw, "not allowed", http.StatusForbidden)
	case f == nil || f.data == nil:
		http.NotFound(rw, r)
	default:
		rw.Header().Set("Content-Type", f.MimeType)
		_, _ = rw.Write(f.data) // a caller who went away has no use for the rest
	}
}
