// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
)

// offeredLevels are the levels that votes can come in at now.
var offeredLevels = []eligibility.Level{eligibility.Open, eligibility.Fediverse, eligibility.Code}

// newDraft is GET /staff/consultations/new.
func (s *Staff) newDraft(c echo.Context) error {
	if err := s.may(c, consensus.ActDraft); err != nil {
		return err
	}
	members, err := s.candidates(c)
	if err != nil {
		return err
	}
	return s.drawDraft(c, http.StatusOK, DraftView{Form: Form{Values: s.emptyDraft(members)}}, members)
}

// emptyDraft is what a new draft begins with. A province or nation asks others
// to join; a municipality begins on its own.
func (s *Staff) emptyDraft(members []instance.Candidate) url.Values {
	v := url.Values{"minAge": {"16"}, "k": {strconv.Itoa(s.Pages.Service.Options().K)}, "results": {consensus.ResultsAfterClose},
		"levels": levelNames(offeredLevels), "official": {string(eligibility.Code)}, "joint": {"no"},
		"instrument": {instrumentPolls}, "q1-kind": {kindStatement}}
	if s.Pages.Site.umbrella() && len(members) > 0 {
		v.Set("joint", "yes")
		for _, m := range members {
			v.Add("member", m.Area)
		}
	}
	return v
}

// editDraft is GET /staff/consultations/{slug}/edit.
func (s *Staff) editDraft(c echo.Context) error {
	con, err := s.draftOf(c)
	if err != nil {
		return err
	}
	members, err := s.candidates(c)
	if err != nil {
		return err
	}
	v := DraftView{Slug: con.Slug, Returned: con.Reason, Form: Form{Values: s.draftValues(con)}}
	if err := s.seedValues(c, con, v.Form.Values); err != nil {
		return err
	}
	return s.drawDraft(c, http.StatusOK, v, members)
}

// draftOf is the draft in the address: 403 without the role for it, 409 once it
// has been handed in.
func (s *Staff) draftOf(c echo.Context) (*instance.Consultation, error) {
	if err := s.may(c, consensus.ActDraft); err != nil {
		return nil, err
	}
	con, err := s.Pages.Service.ConsultationBySlug(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return nil, err
	}
	if con.State != consensus.StateDraft {
		return nil, instance.AsError(consensus.ErrConflict)
	}
	return con, nil
}

// drawDraft draws the form with as many rows as it has values for.
func (s *Staff) drawDraft(c echo.Context, status int, v DraftView, members []instance.Candidate) error {
	v.Levels = levelNames(offeredLevels)
	v.Questions = max(v.Questions, lastRow(v.Form.Values, "q"), 1)
	v.Phases = max(v.Phases, lastRow(v.Form.Values, "phase"), 3)
	for _, m := range members {
		v.Members = append(v.Members, Choice{Value: m.Area, Label: m.Name})
	}
	for i, p := range v.Form.Problems {
		if p.Field == "q1-text" { // the text of the first question, in the first language
			v.Form.Problems[i].Field += "-" + s.Pages.Site.Languages[0]
		}
	}
	path := "/staff/consultations/new"
	if v.Slug != "" {
		path = "/staff/consultations/" + v.Slug + "/edit"
	}
	return s.show(c, status, path, v)
}

// candidatePatience is how long the page waits for the lists of members of
// members; then it shows those known from before.
const candidatePatience = 8 * time.Second

// candidates are the instances that can be invited. Only a province or nation
// has any.
func (s *Staff) candidates(c echo.Context) ([]instance.Candidate, error) {
	if !s.Pages.Site.umbrella() {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), candidatePatience)
	defer cancel()
	if _, err := s.Pages.Service.RefreshCandidates(ctx); err != nil && ctx.Err() == nil {
		return nil, err
	}
	return s.Pages.Service.KnownCandidates(c.Request().Context())
}

// createDraft is POST /staff/consultations.
func (s *Staff) createDraft(c echo.Context) error {
	if err := s.may(c, consensus.ActDraft); err != nil {
		return err
	}
	return s.keepDraft(c, "", func(ctx context.Context, by consensus.Actor, d instance.Draft) error {
		_, err := s.Pages.Service.CreateDraft(ctx, by, d)
		return err
	})
}

// saveDraft is POST /staff/consultations/{slug}/edit.
func (s *Staff) saveDraft(c echo.Context) error {
	con, err := s.draftOf(c)
	if err != nil {
		return err
	}
	return s.keepDraft(c, con.Slug, func(ctx context.Context, by consensus.Actor, d instance.Draft) error {
		return s.Pages.Service.SaveDraft(ctx, by, con.Slug, d)
	})
}

// keepDraft does what the pressed button says: one more row, one question less,
// save, or save and hand in.
func (s *Staff) keepDraft(c echo.Context, slug string, keep func(context.Context, consensus.Actor, instance.Draft) error) error {
	if err := staffForm(c); err != nil {
		return err
	}
	members, err := s.candidates(c)
	if err != nil {
		return err
	}
	posted := c.Request().PostForm
	v := DraftView{Slug: slug, Form: Form{Values: posted}}
	if s.reshape(&v, posted) {
		return s.drawDraft(c, http.StatusOK, v, members)
	}
	kept, err := s.keptSeeds(c, slug)
	if err != nil {
		return err
	}
	d, problems := s.readDraft(posted, members, kept)
	if slug != "" {
		d.Slug = slug
	}
	if v.Form.Problems = problems; len(problems) > 0 {
		return s.drawDraft(c, http.StatusBadRequest, v, members)
	}
	ctx, by := c.Request().Context(), s.actor(c)
	if err := keep(ctx, by, d); err != nil {
		return s.refusedDraft(c, v, members, err)
	}
	if posted.Get("action") != "submit" {
		return s.done(c, "/staff/consultations/"+d.Slug+"/edit", "saved", 0)
	}
	if err := s.submit(c, d.Slug); err != nil {
		return s.storedDraft(c, d.Slug, members, err)
	}
	return s.done(c, "/staff/consultations/"+d.Slug, "submit", 0)
}

// storedDraft draws a draft that was saved but not handed in. It shows what is
// stored: the list of statements has become questions.
func (s *Staff) storedDraft(c echo.Context, slug string, members []instance.Candidate, err error) error {
	con, failed := s.Pages.Service.ConsultationBySlug(c.Request().Context(), slug)
	if failed != nil {
		return failed
	}
	v := DraftView{Slug: slug, Form: Form{Values: s.draftValues(con)}}
	if failed := s.seedValues(c, con, v.Form.Values); failed != nil {
		return failed
	}
	return s.refusedDraft(c, v, members, err)
}

// refusedDraft draws the form with everything that was typed and every cause.
func (s *Staff) refusedDraft(c echo.Context, v DraftView, members []instance.Candidate, err error) error {
	e := instance.AsError(err)
	if e.Public == "error.slug-taken" {
		v.Form.Problems = []Problem{Wrong("slug", "error.slug-taken")}
		return s.drawDraft(c, http.StatusConflict, v, members)
	}
	status, problems, ok := s.refusal(c, err, charterField)
	if !ok {
		return err
	}
	v.Form.Problems = problems
	return s.drawDraft(c, status, v, members)
}

// reshape adds or takes out rows of the form; nothing is stored. It reports
// whether that was what the button asked for.
func (s *Staff) reshape(v *DraftView, posted url.Values) bool {
	if n, err := strconv.Atoi(posted.Get("remove")); err == nil {
		removeQuestion(posted, n)
		return true
	}
	switch posted.Get("action") {
	case "add-question":
		v.Questions = lastRow(posted, "q") + 1
		posted.Set("q"+strconv.Itoa(v.Questions)+"-kind", kindStatement)
	case "add-phase":
		v.Phases = max(lastRow(posted, "phase"), 3) + 1
	default:
		return false
	}
	return true
}

// removeQuestion takes out row n; the rows behind it move up.
func removeQuestion(values url.Values, n int) {
	last := lastRow(values, "q")
	for row := n; row <= last; row++ {
		for name := range values {
			if r, _ := rowOf(name, "q"); r == row {
				delete(values, name)
			}
		}
		for name, list := range values {
			if r, part := rowOf(name, "q"); r == row+1 {
				values["q"+strconv.Itoa(row)+"-"+part] = slices.Clone(list)
			}
		}
	}
}

// rowOf reads the number and the rest of a field such as q12-text-nl; 0 if the
// field is none of a row.
func rowOf(name, prefix string) (row int, part string) {
	if len(name) <= len(prefix) || name[:len(prefix)] != prefix {
		return 0, ""
	}
	rest := name[len(prefix):]
	i := 0
	for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
		i++
	}
	n, err := strconv.Atoi(rest[:i])
	if err != nil || n < 1 || n > mostRows || i >= len(rest)-1 || rest[i] != '-' {
		return 0, ""
	}
	return n, rest[i+1:]
}

// mostRows bounds the rows of a form: 50 questions are allowed, and one more is
// needed to say so.
const mostRows = 60

// lastRow is the highest row that has a field.
func lastRow(values url.Values, prefix string) (last int) {
	for name := range values {
		n, _ := rowOf(name, prefix)
		last = max(last, n)
	}
	return last
}
