// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
)

// What a draft asks: questions of its own, a conversation over statements, or
// both.
const (
	instrumentPolls      = "polls"
	instrumentStatements = "statements"
	instrumentBoth       = "both"
)

// talkID is the id of the question above a conversation.
const talkID = "statements"

func instruments() []Choice {
	list := choices("draft.instrument", instrumentPolls, instrumentStatements, instrumentBoth)
	for i := range list {
		list[i].Hint = list[i].Key + ".text"
	}
	return list
}

// instrumentOf tells what a stored definition asks.
func instrumentOf(d *consensus.Definition) string {
	_, talk := d.StatementsQuestion()
	switch {
	case talk && len(d.Questions) > 1:
		return instrumentBoth
	case talk:
		return instrumentStatements
	}
	return instrumentPolls
}

// conversation adds the question above the statements to a definition and reads
// the first statements. What was typed for something that is not chosen is a
// mistake, not something to throw away.
func (s *Staff) conversation(r *draftReader, d *consensus.Definition) []string {
	chosen := r.text("instrument")
	if chosen == instrumentPolls || chosen == "" {
		if r.text("seeds") != "" {
			r.wrong("instrument", "draft.instrument.rest")
		}
		return []string{}
	}
	if chosen == instrumentStatements && len(d.Questions) > 0 {
		r.wrong("instrument", "draft.instrument.rest")
	}
	text := r.texts("talk", mostStatement)
	own := len(text) > 0
	for _, l := range r.langs {
		if !own || text[r.langs[0]] == "" {
			text[l] = s.Pages.wordsOf(l).T("draft.talk.default")
		}
	}
	q := s.statement(text)
	q.ID, q.Kind, q.Min = talkID, consensus.KindStatements, 1
	d.Questions = append(d.Questions, q)
	return r.seeds()
}

// seeds reads one statement a line; what is wrong is told by the number of the
// line, blank ones counted.
func (r *draftReader) seeds() []string {
	out, first, n, kept := []string{}, map[string]int{}, 0, slices.Clone(r.kept)
	for line := range strings.Lines(r.values.Get("seeds")) {
		n++
		text := strings.Join(strings.Fields(line), " ")
		if text == "" {
			continue
		}
		if i := slices.Index(kept, text); i >= 0 { // stored: imported ones may be longer, and repeat each other
			out, kept = append(out, text), slices.Delete(kept, i, i+1)
			first[consensus.Sameness(text)] = n
			continue
		}
		if consensus.CheckStatement(text, consensus.MaxStatement) != nil {
			r.wrong("seeds", "draft.seeds.line", "line", n, "n", utf8.RuneCountInString(text))
		}
		same := consensus.Sameness(text)
		if before, ok := first[same]; ok {
			r.wrong("seeds", "draft.seeds.same", "line", n, "first", before)
		} else {
			first[same] = n
		}
		out = append(out, text)
	}
	if len(out) > consensus.MostStatements {
		r.wrong("seeds", "error.statement-full")
	}
	if len(out) < consensus.VotesBeforeWrite && r.text("action") == "submit" {
		r.wrong("seeds", "draft.seeds.few", "n", consensus.VotesBeforeWrite)
	}
	return out
}

// seedValues fills in the stored statements of a draft.
func (s *Staff) seedValues(c echo.Context, con *instance.Consultation, v url.Values) error {
	list, err := s.storedSeeds(c, con)
	if len(list) > 0 {
		v.Set("seeds", strings.Join(list, "\n"))
	}
	return err
}

func (s *Staff) storedSeeds(c echo.Context, con *instance.Consultation) (out []string, err error) {
	list, err := s.Pages.Service.Statements(c.Request().Context(), con.ID, consensus.StatementVisible)
	for _, st := range list {
		out = append(out, st.Text)
	}
	return out, err
}

// keptSeeds are the stored statements of the draft that is saved, if it is not a
// new one.
func (s *Staff) keptSeeds(c echo.Context, slug string) ([]string, error) {
	if slug == "" {
		return []string{}, nil
	}
	con, err := s.Pages.Service.ConsultationBySlug(c.Request().Context(), slug)
	if err != nil {
		return nil, err
	}
	return s.storedSeeds(c, con)
}
