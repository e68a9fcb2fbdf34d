package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"sameday/cmd/sameday/internal/intake"
	"sameday/workflow/org"
)

// maxRoster bounds a file of rosters as it travels.
const maxRoster = 256 << 20

// rosters asks to publish a file of rosters. It has been read and looked up by whoever asks.
type rosters struct {
	By     org.PersonID  `json:"by"`
	Roster intake.Roster `json:"roster"`
}

// published is the answer.
type published struct {
	Report intake.RosterReport `json:"report"`
	Error  string              `json:"error,omitempty"`
}

func (s *server) publishRoster(w http.ResponseWriter, r *http.Request) {
	var asked rosters
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRoster)).Decode(&asked); err != nil {
		reply(w, published{Error: "the roster did not arrive"})
		return
	}
	report, err := asked.Roster.Publish(r.Context(), s.desk, asked.By, s.now)
	s.wake()
	out := published{Report: report}
	if err != nil {
		out.Error = err.Error()
	}
	reply(w, out)
}

// PublishRoster has the running process do what [intake.Roster.Publish] does.
func (c *Client) PublishRoster(ctx context.Context, roster intake.Roster, by org.PersonID) (intake.RosterReport, error) {
	body, err := json.Marshal(rosters{By: by, Roster: roster})
	if err != nil {
		return intake.RosterReport{}, fmt.Errorf("encode the roster: %w", err)
	}
	resp, err := c.do(ctx, http.MethodPost, pathRoster, bytes.NewReader(body), "application/json")
	if errors.Is(err, ErrStarting) {
		return intake.RosterReport{}, fmt.Errorf("publish through the running Sameday: %w", err)
	}
	if err != nil {
		return intake.RosterReport{}, fmt.Errorf("publish through the running Sameday (is it of this version?): %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	var out published
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return intake.RosterReport{}, fmt.Errorf("publish through the running Sameday: read its answer: %w", err)
	}
	if out.Error != "" {
		return out.Report, errors.New(out.Error)
	}
	return out.Report, nil
}
