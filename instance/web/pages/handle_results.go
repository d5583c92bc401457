// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/consensus/tally"
	"polder/instance"
)

// results is GET /consultations/{slug}/results. Every figure comes from a
// published, signed tally, never from counts kept while voting
// (spec: aggregation.md 9).
func (p *Pages) results(c echo.Context) error {
	f := p.frame(c)
	page, err := p.views.Page(c.Request().Context(), c.Param("slug"), instance.Voter{})
	if err != nil {
		return err
	}
	alternate(c, page.URL)
	if page.Hub {
		return p.total(c, f, page.Slug)
	}
	x := &box{page: page, words: p.wordsOf(f.Lang), now: f.Now}
	v := x.results()
	voter, err := p.voterHere(c)
	if err != nil {
		return err
	}
	own := false
	if v.Opinion, own, err = p.opinionOf(c.Request().Context(), page.Slug, c.QueryParam("sort"), voter, x.words); err != nil {
		return err
	}
	if own {
		return p.drawPrivate(c, f, v)
	}
	return p.draw(c, http.StatusOK, f, v)
}

// results is the count of this instance alone.
func (b *box) results() ResultsView {
	p := b.page
	v := ResultsView{Slug: p.Slug, Title: PickText(p.Title, b.words.Lang()), State: resultsState(p.Consultation, p.Tally),
		Closed: b.state() == CardClosed, Joint: b.joint()}
	if p.Definition != nil {
		v.K = p.Definition.K
	}
	d := p.Tally
	if d == nil || p.Definition == nil {
		return v
	}
	v.Signed = Signed{URL: d.ID, Digest: d.Digest, Revision: d.Revision, Published: d.Published, Verify: "polder verify tally " + d.ID}
	if d.Corrects != nil {
		v.Correction = &Correction{Reason: d.Reason, URL: d.Corrects.ID}
	}
	if d.Status == tally.StatusWithdrawn {
		return v
	}
	v.Withheld = d.Withheld
	if t := d.Turnout; t != nil {
		v.Turnout, v.Hidden = strata(t.Groups, t.Accepted), hiddenLevels(t.Hidden)
		for _, l := range p.Definition.Official {
			v.Eligible = max(v.Eligible, t.Eligible[string(l)])
			v.Issued = max(v.Issued, t.Issued[string(l)])
		}
	}
	v.Questions = questionResults(d, p.Definition, b.words.Lang())
	v.Ballots = !complete(d)
	if v.Ballots {
		ballotsOnly(v.Questions)
	}
	return v
}

// strata are groups of levels with their numbers of ballots.
func strata(groups []tally.Group, ballots map[string]int64) (list []Stratum) {
	for _, g := range groups {
		list = append(list, Stratum{Levels: levelNames(g), Ballots: ballots[g.Key()]})
	}
	return list
}

func hiddenLevels(hidden []tally.Group) (names []string) {
	for _, g := range hidden {
		names = append(names, levelNames(g)...)
	}
	return names
}

// complete reports whether a tally says what was chosen, in every group it
// publishes. Before the close only some groups may, or none; the page then
// shows numbers of ballots.
func complete(d *tally.Doc) bool {
	groups := 0
	for i := range d.Questions {
		q := &d.Questions[i]
		groups += len(q.Groups)
		for _, g := range q.Groups {
			if len(q.Options) == 0 {
				return false
			}
			if _, ok := q.Options[0].N[g.Key()]; !ok {
				return false
			}
		}
	}
	return groups > 0 || d.Status != tally.StatusInterim
}

func ballotsOnly(list []QuestionResult) {
	for i := range list {
		for _, class := range [][]Stratum{list[i].Official, list[i].Signal} {
			for j := range class {
				class[j].Counts, class[j].Blank = nil, 0
			}
		}
	}
}

// questionResults reads the questions of a tally in the order of the
// definition, official levels and signals apart.
func questionResults(d *tally.Doc, def *consensus.Definition, lang string) (list []QuestionResult) {
	for i := range def.Questions {
		dq := &def.Questions[i]
		if dq.Kind == consensus.KindStatements {
			continue // its votes are in the opinion groups
		}
		r := QuestionResult{ID: dq.ID, Number: i + 1, Text: PickText(dq.Text, lang), Kind: kindOf(dq)}
		for _, o := range dq.Options {
			r.Options = append(r.Options, BallotOption{ID: o.ID, Text: PickText(o.Text, lang)})
		}
		if q, ok := d.Question(dq.ID); ok {
			r.fill(q, dq, def)
		}
		list = append(list, r)
	}
	return list
}

func (r *QuestionResult) fill(q *tally.Question, dq *consensus.DefinitionQuestion, def *consensus.Definition) {
	official := func(g tally.Group) bool { return len(g) > 0 && def.IsOfficial(g[0]) }
	for _, g := range q.Groups {
		s := stratumOf(q, dq, g)
		if official(g) {
			r.Official = append(r.Official, s)
		} else {
			r.Signal = append(r.Signal, s)
		}
	}
	r.HiddenOfficial = slices.ContainsFunc(q.Hidden, official)
	r.HiddenSignal = slices.ContainsFunc(q.Hidden, func(g tally.Group) bool { return !official(g) })
}

func stratumOf(q *tally.Question, dq *consensus.DefinitionQuestion, g tally.Group) Stratum {
	key := g.Key()
	s := Stratum{Levels: levelNames(g), Ballots: q.Ballots[key], Blank: q.Blank[key]}
	for _, o := range dq.Options {
		at := slices.IndexFunc(q.Options, func(x tally.Option) bool { return x.ID == o.ID })
		if at < 0 {
			return s
		}
		n, ok := q.Options[at].N[key]
		if !ok {
			return s
		}
		s.Counts = append(s.Counts, n)
	}
	return s
}

// total is the page of a convener or hub.
func (p *Pages) total(c echo.Context, f Frame, slug string) error {
	o, err := p.views.Overview(c.Request().Context(), slug)
	if err != nil {
		return err
	}
	v := p.overview(o, f, measureOf(c))
	v.Opinion, _, err = p.opinionOf(c.Request().Context(), slug, c.QueryParam("sort"), instance.Voter{}, p.wordsOf(f.Lang))
	if err != nil {
		return err
	}
	return p.draw(c, http.StatusOK, f, v)
}

func measureOf(c echo.Context) string {
	if c.QueryParam("measure") == "status" {
		return "status"
	}
	return "turnout"
}

// overview is the total with its coverage, members and map.
func (p *Pages) overview(o *instance.Overview, f Frame, measure string) OverviewView {
	con, def := o.Consultation, o.Consultation.Definition
	v := OverviewView{Slug: con.Slug, Title: PickText(con.Title, f.Lang), Measure: measure,
		State: resultsState(con, o.Aggregate), K: def.K,
		Coverage: Coverage{Expected: int(o.Coverage.Expected), Reported: int(o.Coverage.Reported), Final: int(o.Coverage.Final),
			Eligible: o.Coverage.Eligible, EligibleReported: o.Coverage.EligibleReported, Newest: o.Newest}}
	for _, row := range o.Rows {
		m := p.memberRow(row, def)
		if m.Status == MemberDisputed {
			v.Disputed = append(v.Disputed, m.Name)
		}
		v.Members = append(v.Members, m)
	}
	if p.Site.Level == "nation" {
		v.MapURL = mapURL(o, f.Lang, measure)
	}
	if d := o.Aggregate; d != nil {
		v.addAggregate(d, def, f.Lang)
	}
	return v
}

func (v *OverviewView) addAggregate(d *tally.Doc, def *consensus.Definition, lang string) {
	v.Signed = Signed{URL: d.ID, Digest: d.Digest, Revision: d.Revision, Published: d.Published,
		Verify: "polder verify aggregate --deep " + d.ID}
	if d.Turnout != nil {
		all := strata(d.Turnout.Groups, d.Turnout.Accepted)
		v.Official, v.Signal = byClass(all, def)
		v.Hidden = hiddenLevels(d.Turnout.Hidden)
	}
	if d.SealedSum != nil {
		v.Sealed = len(d.SealedSum.Areas)
	}
	if complete(d) {
		v.Questions = questionResults(d, def, lang)
	}
}

// byClass parts strata into official levels and signals.
func byClass(list []Stratum, def *consensus.Definition) (official, signal []Stratum) {
	for _, s := range list {
		if slices.Contains(levelNames(def.Official), s.Levels[0]) {
			official = append(official, s)
		} else {
			signal = append(signal, s)
		}
	}
	return official, signal
}

// memberRow is one area of a total.
func (p *Pages) memberRow(row instance.OverviewRow, def *consensus.Definition) MemberRow {
	m := MemberRow{Area: row.Area, Name: row.Name, Province: row.Province, URL: row.Base + "/", Status: row.Why,
		Counted: row.Why == "", Eligible: row.Eligible, Reason: ownText(p.Site, row.Reason)}
	if !m.Counted {
		m.LastSeen = row.LastSeen
	}
	if d := row.Doc; d != nil {
		m.Status, m.Revision, m.Tally, m.Checks = d.Status, d.Published, d.ID, row.Input.Checks
		m.URL = d.Consultation
		if t := d.Turnout; t != nil {
			m.Official, m.Signal = byClass(strata(t.Groups, t.Accepted), def)
			m.Hidden = slices.ContainsFunc(t.Hidden, func(g tally.Group) bool { return len(g) > 0 && def.IsOfficial(g[0]) })
		}
		if d.Withheld {
			m.Status = MemberWithheld
		}
	}
	if row.Disputed {
		m.Status = MemberDisputed
	}
	return m
}

// mapURL is the address of the country map; it changes with what is drawn.
func mapURL(o *instance.Overview, lang, measure string) string {
	version := "0"
	if o.Aggregate != nil {
		version = fmt.Sprint(o.Aggregate.Revision)
	}
	return fmt.Sprintf("/map/country.svg?consultation=%s&measure=%s&lang=%s&v=%s", o.Consultation.Slug, measure, lang, version)
}
