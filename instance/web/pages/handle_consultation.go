// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/consensus/tally"
	"polder/instance"
	"polder/instance/web/pictures"
)

// consultation is GET /consultations/{slug}. Where nobody votes, at a province
// or nation, it is the page with the total.
func (p *Pages) consultation(c echo.Context) error {
	f := p.frame(c)
	x, err := p.box(c, f)
	if err != nil {
		return err
	}
	alternate(c, x.page.URL)
	if x.page.Joint != nil && !x.page.Leaf {
		return c.Redirect(http.StatusSeeOther, "/consultations/"+x.page.Slug+"/results")
	}
	said := p.takeFlash(c)
	f.Notice = said.notice()
	view := x.view()
	x.place(&view, said, c.QueryParam("q"), c.QueryParam("s"))
	return p.draw(c, http.StatusOK, f, view)
}

// box reads the ballot box of the consultation in the address.
func (p *Pages) box(c echo.Context, f Frame) (*box, error) {
	ctx, slug := c.Request().Context(), c.Param("slug")
	voter := instance.Voter{Level: eligibility.Open}
	if visitor, known := p.Sealer.Visitor(c.Request()); known {
		con, err := p.views.Consultation(ctx, slug)
		if err != nil {
			return nil, err
		}
		voter = voterIn(con, visitor)
	}
	page, err := p.views.Page(ctx, slug, voter)
	if err != nil {
		return nil, err
	}
	return &box{page: page, voter: voter, words: p.wordsOf(f.Lang), now: f.Now}, nil
}

// place chooses what the voting card holds: a question that was asked for, the
// next one after a stored vote, or the first without an answer.
func (b *box) place(view *ConsultationView, said flash, q, s string) {
	if q == "all" && b.state() == CardBallot && b.page.Talk == nil {
		for i := range b.questions() {
			view.All = append(view.All, b.question(i))
		}
	}
	after := b.after(said)
	view.Card = b.card(b.wanted(after, q, s))
	if saved := b.saved(after); saved != "" {
		view.Card.Saved = saved
		view.Card.Previous = b.questions()[after].ID
	}
	view.Card.Error = said.problem()
}

// after is the index of the question on which a vote was just stored, -1 if
// there is none.
func (b *box) after(said flash) int {
	switch t := b.page.Talk; {
	case said.Word == "saved":
		return said.Number - 1
	case said.Word == "stated" && t != nil:
		return t.Numbered(said.Number)
	}
	return -1
}

func (b *box) wanted(after int, q, s string) int {
	if i := b.index(q); i >= 0 {
		return i
	}
	n, err := strconv.Atoi(s)
	if t := b.page.Talk; t != nil && err == nil && t.Numbered(n) >= 0 {
		return t.Numbered(n)
	}
	if err == nil && n >= 1 && n <= b.polls() {
		return n - 1
	}
	if after < -1 || after >= len(b.questions()) {
		after = -1
	}
	return b.next(after)
}

// view is the page around the card.
func (b *box) view() ConsultationView {
	p, lang := b.page, b.words.Lang()
	v := ConsultationView{
		Slug: p.Slug, Title: PickText(p.Title, lang), Summary: b.written(p.Charter.Question),
		Level: p.Charter.ParticipationLevel, State: string(p.State), Reason: b.reason(),
		OpensAt: p.OpensAt, ClosesAt: p.ClosesAt, DaysLeft: daysLeft(b.words, b.now, p.ClosesAt),
		Questions: b.polls(), Statements: len(b.questions()) - b.polls(), Talk: p.Talk != nil, Eligible: p.Eligible, Turnout: -1, Signals: -1,
		Steps: b.steps(), Ways: b.ways(), Follow: Follow{Handle: p.Handle, Actor: p.URL, Polls: b.counts(eligibility.Fediverse)},
		CanChange: b.written(p.Charter.CanChange), IsFixed: b.written(p.Charter.IsFixed),
		Body: p.Charter.DecidingBody.Body, Decision: day(p.Charter.FormalLink.ExpectedDecisionDate),
		Joint: b.joint(), Results: resultsState(p.Consultation, p.Tally), Promises: b.promises(),
	}
	if p.Definition != nil {
		v.K = p.Definition.K
	}
	if p.State == consensus.StateAnnounced {
		v.Turnout, v.Signals = 0, 0
	}
	if p.State == consensus.StateOpen {
		v.LiveURL = "/consultations/" + p.Slug + "/live"
	}
	if p.Tally != nil {
		v.Turnout, v.Signals = turnoutOf(p.Tally, p.Definition, true), turnoutOf(p.Tally, p.Definition, false)
	}
	return v
}

// turnoutOf adds up the published turnout of one class, -1 if all of it is
// hidden because it is small, or if none was published.
func turnoutOf(d *tally.Doc, def *consensus.Definition, official bool) int64 {
	if d.Turnout == nil || def == nil {
		return -1
	}
	mine := func(g tally.Group) bool { return len(g) > 0 && def.IsOfficial(g[0]) == official }
	var sum int64
	for _, g := range d.Turnout.Groups {
		if mine(g) {
			sum += d.Turnout.Accepted[g.Key()]
		}
	}
	if sum == 0 && slices.ContainsFunc(d.Turnout.Hidden, mine) {
		return -1
	}
	return sum
}

// daysLeft counts calendar days to the last moment of a window.
func daysLeft(w words, now, closes time.Time) int {
	if !closes.After(now) {
		return 0
	}
	date := func(t time.Time) time.Time {
		y, m, d := t.In(w.Zone()).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(date(closes.Add(-time.Second)).Sub(date(now)) / (24 * time.Hour))
}

// reason is the public reason of a suspension, an extension or a cancellation.
// Reasons that only the office gave itself are in Consultation.Reason too and
// are not shown.
func (b *box) reason() Text {
	p := b.page
	switch {
	case p.State == consensus.StateCancelled:
		return b.written(p.Reason)
	case p.State == consensus.StateSuspended && len(p.Pauses) > 0:
		return b.written(p.Pauses[len(p.Pauses)-1].Reason)
	case p.Extension != nil && p.AnsweredAt.IsZero():
		return b.written(p.Extension.Reason)
	}
	return Text{}
}

func (b *box) steps() []pictures.Step {
	return stepsOf(b.page.Consultation, b.words.Lang(), b.now)
}

func stepsOf(con *consensus.Consultation, lang string, now time.Time) (steps []pictures.Step) {
	state := map[consensus.PhaseStatus]string{consensus.PhaseUpcoming: pictures.Planned,
		consensus.PhaseRunning: pictures.Now, consensus.PhasePast: pictures.Done}
	for _, ph := range con.Schedule() {
		steps = append(steps, pictures.Step{Kind: string(ph.Kind), Title: PickText(ph.Title, lang).Text,
			Start: ph.StartsAt, End: ph.EndsAt, State: state[ph.Status(now)]})
	}
	return steps
}

// promises are the steps with the dates that were promised: the answer and the
// decision.
func (b *box) promises() (spans []pictures.Span) {
	p := b.page
	answered := false
	for _, s := range b.steps() {
		span := pictures.Span{Step: s}
		if s.Kind == string(consensus.PhaseAnswer) {
			span.Promise, answered = p.AnswerDueAt, true
		}
		spans = append(spans, span)
	}
	if !answered && !p.AnswerDueAt.IsZero() {
		spans = append(spans, promise(string(consensus.PhaseAnswer), "", p.InputEndedAt, p.AnswerDueAt, p.AnsweredAt, b.now))
	}
	if decision := day(p.Charter.FormalLink.ExpectedDecisionDate); !decision.IsZero() {
		spans = append(spans, promise("", b.words.T("charter.decisionDate"), decision, decision, p.DecidedAt, b.now))
	}
	return spans
}

func promise(kind, title string, start, due, done, now time.Time) pictures.Span {
	s := pictures.Span{Step: pictures.Step{Kind: kind, Title: title, Start: start, End: due, State: pictures.Now}, Promise: due}
	switch {
	case !done.IsZero():
		s.State, s.End = pictures.Done, done
	case now.Before(start):
		s.State = pictures.Planned
	}
	return s
}

func (b *box) joint() *Joint {
	j := b.page.Joint
	if j == nil {
		return nil
	}
	return &Joint{Convener: Link{Text: j.Convener, URL: j.ConvenerBase + "/"}, Members: j.Places, Mine: j.Mine,
		Total: Link{Text: b.words.T("overview.results"), URL: j.Total}}
}

// resultsState says what may be seen of a count now.
func resultsState(con *consensus.Consultation, d *tally.Doc) ResultsState {
	s := ResultsState{TallyBy: con.TallyBy, Final: con.ObjectionUntil}
	if con.Definition != nil {
		s.Policy = con.Definition.Results
	}
	if d != nil {
		s.Status, s.Counted = d.Status, d.Published
	}
	return s
}

// charter is GET /consultations/{slug}/charter.
func (p *Pages) charter(c echo.Context) error {
	f := p.frame(c)
	page, err := p.views.Page(c.Request().Context(), c.Param("slug"), instance.Voter{})
	if err != nil {
		return err
	}
	v := CharterView{Slug: page.Slug, Title: PickText(page.Title, f.Lang), State: string(page.State),
		Fields: p.charterFields(page, f), Digest: page.DefinitionDigest}
	if v.Digest != "" {
		v.DefinitionURL = "/consultations/" + page.Slug + "/definition"
	}
	return p.draw(c, http.StatusOK, f, v)
}

func (p *Pages) charterFields(page *instance.ConsultationPage, f Frame) Charter {
	ch, site := page.Charter, p.Site
	out := Charter{
		Question: ownText(site, ch.Question), WhyNow: ownText(site, ch.WhyNow), CanChange: ownText(site, ch.CanChange),
		IsFixed: ownText(site, ch.IsFixed), Level: ch.ParticipationLevel, Body: ch.DecidingBody.Body,
		Role: ownText(site, ch.DecidingBody.Role), FormalLink: ch.FormalLink.Reference,
		DecisionDate: day(ch.FormalLink.ExpectedDecisionDate), Areas: p.areaNames(ch.WhoMayTakePart.Areas),
		MinAge: ch.WhoMayTakePart.MinAge, RollDate: day(ch.WhoMayTakePart.RollDate),
		Phases: stepsOf(page.Consultation, f.Lang, f.Now), Official: levelNames(ch.Weighing.OfficialLevels),
		Weighing: ownText(site, ch.Weighing.Method), K: max(ch.Weighing.K, p.Service.Options().K),
		OfflineWays: ownText(site, offline(ch.OfflineWays)), Contact: ownText(site, ch.Contact.Role),
		Mail: ch.Contact.Email, Phone: ch.Contact.Telephone, PrivacyURL: webAddress(ch.PrivacyNotice.URL),
		PrivacyBasis: ownText(site, ch.PrivacyNotice.LegalBasis), Retention: ownText(site, ch.PrivacyNotice.Retention),
		LegalBasis: ch.LegalBasis.Code, LegalArticle: ch.LegalBasis.Article, LegalWhy: ownText(site, ch.LegalBasis.Why),
	}
	if def := page.Definition; def != nil {
		out.Levels, out.Official = levelNames(def.Levels), levelNames(def.Official)
		out.K, out.Results = max(out.K, def.K), def.Results
	}
	return out
}

func offline(w consensus.OfflineWays) string {
	if text := strings.Join(w.Ways, ", "); strings.TrimSpace(text) != "" {
		return text
	}
	return w.Reason
}

// webAddress lets only addresses of the web through; anything else is no link.
func webAddress(s string) string {
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}

func levelNames(list []eligibility.Level) []string {
	names := make([]string, len(list))
	for i, l := range list {
		names[i] = string(l)
	}
	return names
}

func (p *Pages) areaNames(codes []string) []string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = code
		if a, err := p.Service.Options().Areas.Get(code); err == nil {
			names[i] = a.Name
		}
	}
	return names
}
