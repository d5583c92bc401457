// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
)

// preview is GET /staff/consultations/{slug}/preview.
func (s *Staff) preview(c echo.Context) error {
	con, err := s.Pages.Service.ConsultationBySlug(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	lang := s.Pages.lang(c)
	v := PreviewView{Slug: con.Slug, Title: PickText(con.Title, lang), State: string(con.State), Fields: s.previewFields(con, lang)}
	for _, m := range con.Members {
		v.Members = append(v.Members, m.Name)
	}
	if con.Definition != nil {
		for i := range con.Definition.Questions {
			v.Questions = append(v.Questions, previewQuestion(&con.Definition.Questions[i], lang))
		}
		list, err := s.Pages.Service.Statements(c.Request().Context(), con.ID, consensus.StatementVisible)
		if err != nil {
			return err
		}
		for _, st := range list {
			v.Seeds = append(v.Seeds, Text{st.Text, st.Lang})
		}
	}
	return s.show(c, http.StatusOK, "", v)
}

func previewQuestion(q *consensus.DefinitionQuestion, lang string) PreviewQuestion {
	out := PreviewQuestion{Text: PickText(q.Text, lang), Kind: kindOf(q), Max: q.Max}
	if q.Kind == consensus.KindStatements {
		out.Kind = consensus.KindStatements
	}
	for _, o := range q.Options {
		out.Options = append(out.Options, PickText(o.Text, lang))
	}
	return out
}

// previewFields are the fourteen fields, each as the lines a reader needs.
func (s *Staff) previewFields(con *instance.Consultation, lang string) []PreviewField {
	ch, w := &con.Charter, s.Pages.wordsOf(lang)
	word := func(prefix, value string) string {
		if value == "" {
			return ""
		}
		return w.T(prefix + value)
	}
	link := ch.FormalLink.Reference
	if link == consensus.NoneYet {
		link = w.T("charter.noneYet")
	}
	k := max(ch.Weighing.K, s.Pages.Service.Options().K)
	results := ""
	voting := []string{}
	if con.Definition != nil {
		results, voting = word("results.policy.", con.Definition.Results), levelNames(con.Definition.Levels)
	}
	lines := [][]string{
		{ch.Question}, {ch.WhyNow}, {ch.CanChange}, {ch.IsFixed}, {word("participation.", ch.ParticipationLevel)},
		{word("body.", ch.DecidingBody.Body), ch.DecidingBody.Role}, {link, ch.FormalLink.ExpectedDecisionDate},
		{strings.Join(s.Pages.areaNames(ch.WhoMayTakePart.Areas), ", "), w.T("draft.minAge") + ": " + strconv.Itoa(ch.WhoMayTakePart.MinAge),
			ch.WhoMayTakePart.RollDate, w.levels(voting)},
		s.previewPhases(con, lang),
		{w.levels(levelNames(ch.Weighing.OfficialLevels)), ch.Weighing.Method, w.T("charter.k", "k", k), results},
		{offline(ch.OfflineWays)}, {ch.Contact.Role, ch.Contact.Email, ch.Contact.Telephone},
		{ch.PrivacyNotice.URL, ch.PrivacyNotice.LegalBasis, ch.PrivacyNotice.Retention},
		{word("legal.", ch.LegalBasis.Code), ch.LegalBasis.Article, ch.LegalBasis.Why},
	}
	fields := make([]PreviewField, len(lines))
	for i, name := range consensus.CharterFields {
		fields[i] = PreviewField{N: i + 1, Name: name}
		for _, line := range lines[i] {
			if strings.TrimSpace(line) != "" {
				fields[i].Lines = append(fields[i].Lines, Text{Text: line})
			}
		}
	}
	return fields
}

func (s *Staff) previewPhases(con *instance.Consultation, lang string) (out []string) {
	w := s.Pages.wordsOf(lang)
	for _, ph := range con.Schedule() {
		name := PickText(ph.Title, lang).Text
		if name == "" {
			name = w.T("phase." + string(ph.Kind))
		}
		out = append(out, name+": "+w.Moment(ph.StartsAt)+" – "+w.Moment(ph.EndsAt))
	}
	return out
}
