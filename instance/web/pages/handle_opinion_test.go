// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"polder/consensus/eligibility"
)

// TestOpinionPages: before the count the page of results says nothing of
// groups; after it results, report and data show them, sorted as asked, and
// nobody's votes.
func TestOpinionPages(t *testing.T) {
	s := startMunicipality(t)
	var texts []string
	for i := range 12 {
		texts = append(texts, fmt.Sprintf("Dit is stelling nummer %d van het gesprek", i+1))
	}
	ids := s.node.Converse("kade", texts...)
	for i, code := range s.node.Codes("kade", 60) {
		for j, id := range ids {
			option := []string{"agree", "disagree"}[(i+j/4)%2]
			if j%4 == 3 {
				option = "agree"
			}
			if i%7 == j%7 {
				option = "pass"
			}
			if err := s.node.Vote("kade", id, option, eligibility.Code, code); err != nil {
				t.Fatal(err)
			}
		}
	}
	b := s.browser("kade")
	s.cluster.Advance(2 * time.Minute)
	if got := b.get("/consultations/kade/results").want(t, 200, ""); strings.Contains(got.body, "stelling nummer 4") {
		t.Error("results while people vote")
	}
	if got := b.get("/consultations/kade/data").want(t, 200, ""); !strings.Contains(got.body, "Er is nog niets te downloaden") {
		t.Error("data before the count")
	}
	b.get("/consultations/kade/data/groups.csv").want(t, 404, "")
	s.cluster.Advance(time.Hour)
	s.cluster.Advance(5 * time.Minute)
	for _, path := range []string{"/results", "/results?sort=gap", "/report"} {
		got := b.get("/consultations/kade"+path).want(t, 200, "")
		if !strings.Contains(got.body, "Dit is stelling nummer 4 van het gesprek") || !strings.Contains(got.body, "<svg") || !strings.Contains(got.body, "/consultations/kade/data") {
			t.Errorf("%s: no map, or no link to the data", path)
		}
	}
	got := b.get("/consultations/kade/data").want(t, 200, "")
	for _, name := range []string{"summary.csv", "statements.csv", "groups.csv", "result.json"} {
		if !strings.Contains(got.body, "/consultations/kade/data/"+name) {
			t.Errorf("no link to %s", name)
		}
		f := b.get("/consultations/kade/data/"+name).want(t, 200, "")
		if !strings.Contains(f.Header.Get("Content-Disposition"), "kade-"+name) {
			t.Errorf("%s: %s", name, f.Header.Get("Content-Disposition"))
		}
	}
	b.get("/consultations/kade/data/votes.csv").want(t, 404, "")
	b.get("/consultations/none/data").want(t, 404, "")
	b.get("/consultations/none/report").want(t, 404, "")
}
