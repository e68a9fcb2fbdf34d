// Package control lets the other commands work while "sameday run" holds the database: the running process serves them over a Unix socket in
// the data folder, readable by its owner alone. Files travel as streams, never held as a whole.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"sameday/cmd/sameday/internal/intake"
	"sameday/store"
	"sameday/store/failpoint"
)

// The paths of the service.
const (
	pathHello  = "/v1/hello"
	pathImport = "/v1/import"
	pathRoster = "/v1/roster"
	pathBackup = "/v1/backup"
)

// trailerError carries an error that came after a stream had begun.
const trailerError = "Sameday-Error"

// stopTime is how long Serve waits for requests in hand when it is told to stop.
const stopTime = 5 * time.Second

// hello is what a process says of itself.
type hello struct {
	PID int `json:"pid"`
}

// result is the answer to an import.
type result struct {
	Report intake.Report `json:"report"`
	Error  string        `json:"error,omitempty"`
	Usage  bool          `json:"usage,omitempty"` // the file or the map is wrong, nothing was tried
}

type server struct {
	desk *store.Desk
	now  func() time.Time
	wake func()
}

// Service is what a running process does for the other commands. It copies the database from the beginning; files it takes once it is
// open.
type Service struct {
	db   store.Store
	open atomic.Pointer[server]
}

// NewService makes a service over a database that the caller holds.
func NewService(db store.Store) *Service { return &Service{db: db} }

// Open lets the service take files. wake is called after each import; nil for none.
func (v *Service) Open(desk *store.Desk, now func() time.Time, wake func()) {
	if wake == nil {
		wake = func() {}
	}
	v.open.Store(&server{desk: desk, now: now, wake: wake})
}

// Serve answers the other commands until ctx ends, from the beginning with a desk. See [Service].
func Serve(ctx context.Context, path string, desk *store.Desk, now func() time.Time, wake func()) error {
	v := NewService(desk.Store())
	v.Open(desk, now, wake)
	return v.Serve(ctx, path)
}

// opened hands a request on once the service is open.
func (v *Service) opened(do func(s *server, w http.ResponseWriter, r *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s := v.open.Load(); s != nil {
			do(s, w, r)
			return
		}
		http.Error(w, "starting", http.StatusServiceUnavailable)
	}
}

// ErrStarting says that the running process cannot take files yet.
var ErrStarting = errors.New("it is still starting: it waits until Slack answers, and knows no people and channels before. Nothing was taken; " +
	"its log and sameday check say what is missing. Try again then (export, verify and backup work already)")

// Serve answers the other commands until ctx ends. A socket left at path by an earlier process is replaced.
func (v *Service) Serve(ctx context.Context, path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("clear the control socket: %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return fmt.Errorf("open the control socket (a path of more than 100 bytes is too long for one): %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(fmt.Errorf("protect the control socket: %w", err), l.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathHello, sayHello)
	mux.HandleFunc("POST "+pathImport, v.opened((*server).importRows))
	mux.HandleFunc("POST "+pathRoster, v.opened((*server).publishRoster))
	mux.HandleFunc("GET "+pathBackup, v.backup)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: stopTime, BaseContext: func(net.Listener) context.Context { return ctx }}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		err := srv.Shutdown(ending)
		if err != nil {
			err = srv.Close()
		}
		stopped <- err
	})
	err = srv.Serve(l)
	if !stop() { // ctx has ended: wait for what is in hand
		return <-stopped
	}
	return fmt.Errorf("serve the control socket: %w", err)
}

func sayHello(w http.ResponseWriter, _ *http.Request) { reply(w, hello{PID: os.Getpid()}) }

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // whoever asked has gone
}

// importRows takes a form of two parts: "map" (may be missing) and "file".
func (s *server) importRows(w http.ResponseWriter, r *http.Request) {
	parts, err := r.MultipartReader()
	if err != nil {
		http.Error(w, "a form is needed", http.StatusBadRequest)
		return
	}
	var m *intake.Map
	for {
		part, err := parts.NextPart()
		if err != nil {
			reply(w, result{Error: "the file did not arrive", Usage: true})
			return
		}
		if part.FormName() == "file" {
			reply(w, s.take(r, part, m))
			return
		}
		text, err := io.ReadAll(io.LimitReader(part, 16<<20))
		if err == nil {
			m, err = intake.ParseMap(part.FileName(), text)
		}
		if err != nil {
			reply(w, result{Error: err.Error(), Usage: true})
			return
		}
	}
}

func (s *server) take(r *http.Request, file io.Reader, m *intake.Map) result {
	rows, err := intake.Read(file, intake.Format(r.URL.Query().Get("format")), m)
	if err != nil {
		return result{Error: err.Error(), Usage: true}
	}
	report, err := intake.Import(r.Context(), s.desk, rows, intake.Options{Now: s.now})
	failpoint.Here("control.imported")
	s.wake()
	if err = errors.Join(err, rows.Close()); err != nil {
		return result{Report: report, Error: err.Error()}
	}
	return result{Report: report}
}

func (v *Service) backup(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Trailer", trailerError)
	w.Header().Set("Content-Type", "application/octet-stream")
	if err := v.db.Backup(r.Context(), w); err != nil {
		w.Header().Set(trailerError, "the copy is incomplete")
		return
	}
	w.Header().Set(trailerError, "none")
}

// Client speaks to the process that holds a database.
type Client struct{ http *http.Client }

// Dial finds the process behind a socket; it fails when none answers.
func Dial(ctx context.Context, path string) (*Client, error) {
	c := &Client{http: &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: stopTime}).DialContext(ctx, "unix", path)
		},
	}}}
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	resp, err := c.do(ctx, http.MethodGet, pathHello, nil, "")
	if err != nil {
		return nil, fmt.Errorf("reach the running Sameday: %w", err)
	}
	return c, resp.Body.Close()
}

func (c *Client) do(ctx context.Context, method, path string, body io.Reader, kind string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://sameday"+path, body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusServiceUnavailable {
		return nil, errors.Join(ErrStarting, resp.Body.Close())
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close() // its content says no more than the status
		return nil, fmt.Errorf("it answered %s", resp.Status)
	}
	return resp, nil
}

// Backup writes a complete copy of the database; it is a ledger.Source.
func (c *Client) Backup(ctx context.Context, w io.Writer) error {
	resp, err := c.do(ctx, http.MethodGet, pathBackup, nil, "")
	if err != nil {
		return fmt.Errorf("ask the running Sameday for a copy: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	if got := resp.Trailer.Get(trailerError); got != "none" {
		return errors.New("copy the database: the running Sameday could not finish it; its log says why")
	}
	return nil
}

// UsageError says that the file or the column map is wrong.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

// Import has the running process import a file. mapName and mapText are the column map; an empty name means none.
func (c *Client) Import(ctx context.Context, file io.Reader, f intake.Format, mapName string, mapText []byte) (intake.Report, error) {
	body, form := io.Pipe()
	parts := multipart.NewWriter(form)
	go func() { form.CloseWithError(send(parts, file, mapName, mapText)) }()
	resp, err := c.do(ctx, http.MethodPost, pathImport+"?format="+string(f), body, parts.FormDataContentType())
	_ = body.Close() // ends the sender when the answer came early
	if err != nil {
		return intake.Report{}, fmt.Errorf("import through the running Sameday: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	var out result
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return intake.Report{}, fmt.Errorf("import through the running Sameday: read its answer: %w", err)
	}
	switch {
	case out.Usage:
		return out.Report, &UsageError{out.Error}
	case out.Error != "":
		return out.Report, errors.New(out.Error)
	}
	return out.Report, nil
}

func send(parts *multipart.Writer, file io.Reader, mapName string, mapText []byte) error {
	if mapName != "" {
		w, err := parts.CreateFormFile("map", mapName)
		if err != nil {
			return err
		}
		if _, err := w.Write(mapText); err != nil {
			return err
		}
	}
	w, err := parts.CreateFormFile("file", "file")
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, file); err != nil {
		return err
	}
	return parts.Close()
}
