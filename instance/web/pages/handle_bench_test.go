// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"polder/instance"
)

// BenchmarkPostVote measures the handler of a vote with durable storage, the
// whole middleware included and the network left out: 64 visitors with cookies
// of their own, every vote a new ballot.
func BenchmarkPostVote(b *testing.B) {
	s := startMunicipality(b)
	s.announce("fietspad", 1, numbered(50))
	handler := s.server.Config.Handler
	var visitors atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		cookie := ""
		for i := 0; pb.Next(); i++ {
			if i%50 == 0 {
				cookie = ""
				visitors.Add(1)
			}
			body := fmt.Sprintf("question=%s&choice=agree", questionID(i%50))
			r := httptest.NewRequest(http.MethodPost, "/consultations/fietspad/votes", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if cookie != "" {
				r.Header.Set("Cookie", cookie)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != http.StatusSeeOther {
				b.Errorf("status %d: %s", w.Code, w.Body)
				return
			}
			if cookie == "" {
				cookie, _, _ = strings.Cut(w.Header().Get("Set-Cookie"), ";")
			}
		}
	})
}

// BenchmarkConsultationPage measures a page with 50 questions for a visitor
// without a cookie.
func BenchmarkConsultationPage(b *testing.B) {
	s := startMunicipality(b)
	s.announce("fietspad", 1, numbered(50))
	handler := s.server.Config.Handler
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/consultations/fietspad", nil))
		if w.Code != http.StatusOK {
			b.Fatalf("status %d", w.Code)
		}
	}
}

func questionID(i int) string { return "q" + fmt.Sprint(i) }

// numbered replaces the questions of a draft by n numbered ones.
func numbered(n int) func(*instance.Draft) {
	return func(d *instance.Draft) {
		first := d.Definition.Questions[0]
		d.Definition.Questions = nil
		for i := range n {
			first.ID = questionID(i)
			d.Definition.Questions = append(d.Definition.Questions, first)
		}
	}
}
