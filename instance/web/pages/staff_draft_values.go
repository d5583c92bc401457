// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"polder/consensus"
	"polder/instance"
)

// draftValues fills the form of DraftView with a stored draft, under the names
// that readDraft reads.
func (s *Staff) draftValues(con *instance.Consultation) url.Values {
	v := url.Values{}
	zone := s.Pages.wordsOf(s.Pages.Site.Languages[0]).Zone()
	setTexts(v, "title", con.Title)
	setTexts(v, "summary", con.Summary)
	charterValues(v, &con.Charter)
	for i, p := range con.Charter.Phases {
		base := "phase" + strconv.Itoa(i+1) + "-"
		v.Set(base+"kind", string(p.Kind))
		v.Set(base+"start", inputMoment(p.StartsAt, zone))
		v.Set(base+"end", inputMoment(p.EndsAt, zone))
		setTexts(v, base+"title", p.Title)
	}
	v.Set("joint", map[bool]string{true: "yes", false: "no"}[con.Joint])
	for _, m := range con.Members {
		v.Add("member", m.Area)
	}
	if d := con.Definition; d != nil {
		v["levels"] = levelNames(d.Levels)
		v.Set("results", d.Results)
		v.Set("k", strconv.Itoa(d.K))
		row := 0
		for i := range d.Questions {
			if q := &d.Questions[i]; q.Kind == consensus.KindStatements {
				setTexts(v, "talk", q.Text)
				continue
			}
			row++
			questionValues(v, "q"+strconv.Itoa(row)+"-", &d.Questions[i])
		}
		v.Set("instrument", instrumentOf(d))
	}
	return v
}

func charterValues(v url.Values, ch *consensus.Charter) {
	for name, text := range map[string]string{
		"question": ch.Question, "whyNow": ch.WhyNow, "canChange": ch.CanChange, "isFixed": ch.IsFixed,
		"participationLevel": ch.ParticipationLevel, "body": ch.DecidingBody.Body, "role": ch.DecidingBody.Role,
		"formalLink": ch.FormalLink.Reference, "decisionDate": ch.FormalLink.ExpectedDecisionDate,
		"minAge": strconv.Itoa(ch.WhoMayTakePart.MinAge), "rollDate": ch.WhoMayTakePart.RollDate,
		"weighing": ch.Weighing.Method, "offlineWays": strings.Join(ch.OfflineWays.Ways, "\n"), "offlineReason": ch.OfflineWays.Reason,
		"contactRole": ch.Contact.Role, "contactMail": ch.Contact.Email, "contactPhone": ch.Contact.Telephone,
		"privacyURL": ch.PrivacyNotice.URL, "privacyBasis": ch.PrivacyNotice.LegalBasis, "privacyRetention": ch.PrivacyNotice.Retention,
		"legalBasis": ch.LegalBasis.Code, "legalArticle": ch.LegalBasis.Article, "legalWhy": ch.LegalBasis.Why,
	} {
		v.Set(name, text)
	}
	if ch.FormalLink.Reference == consensus.NoneYet {
		v.Set("formalLink", "")
		v.Set("noneYet", "yes")
	}
	v["official"] = levelNames(ch.Weighing.OfficialLevels)
}

func questionValues(v url.Values, base string, q *consensus.DefinitionQuestion) {
	kind := kindOf(q)
	v.Set(base+"kind", kind)
	setTexts(v, base+"text", q.Text)
	if kind == kindStatement {
		return
	}
	for _, o := range q.Options {
		for l, text := range o.Text {
			name := base + "options-" + l
			v.Set(name, strings.TrimPrefix(v.Get(name)+"\n"+text, "\n"))
		}
	}
	if kind == kindApproval {
		v.Set(base+"max", strconv.Itoa(q.Max))
	}
}

func setTexts(v url.Values, name string, texts map[string]string) {
	for l, text := range texts {
		v.Set(name+"-"+l, text)
	}
}

func inputMoment(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2006-01-02T15:04")
}
