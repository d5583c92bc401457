// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"polder/consensus/eligibility"
)

// listen opens the live stream of a consultation.
func (s *site) listen(ctx context.Context, slug string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.server.URL+"/consultations/"+slug+"/live", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := s.server.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { answer.Body.Close() })
	return answer
}

// TestLiveFigures: a stream gives what the newest published tally shows, so no
// single vote; each address has five, and a place that is left is free again.
func TestLiveFigures(t *testing.T) {
	s := startMunicipality(t)
	s.announce("live", 1, nil)
	for _, code := range s.node.Codes("live", 23) {
		if err := s.node.Vote("live", "qa", "agree", eligibility.Code, code); err != nil {
			t.Fatal(err)
		}
	}
	s.cluster.Advance(2 * time.Minute)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	first := s.listen(ctx, "live")
	if first.StatusCode != http.StatusOK || first.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("stream: %d %s", first.StatusCode, first.Header.Get("Content-Type"))
	}
	lines := bufio.NewScanner(first.Body)
	var got []string
	for len(got) < 3 && lines.Scan() {
		if lines.Text() != "" {
			got = append(got, lines.Text())
		}
	}
	if want := `retry: 5000 event: figures data: {"ballots":23}`; strings.Join(got, " ") != want {
		t.Errorf("stream %q, want %q", got, want)
	}
	for i := range 4 {
		if r := s.listen(ctx, "live"); r.StatusCode != http.StatusOK {
			t.Errorf("stream %d: %d", i+2, r.StatusCode)
		}
	}
	if r := s.listen(ctx, "live"); r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" {
		t.Errorf("sixth stream: %d", r.StatusCode)
	}
	if r := s.listen(ctx, "none"); r.StatusCode != http.StatusNotFound {
		t.Errorf("stream of nothing: %d", r.StatusCode)
	}
	s.cluster.Advance(2 * time.Hour)
	for lines.Scan() { // the stream ends by itself once the vote is over
	}
	stop()
}
