// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"polder/consensus"
	"polder/consensus/audit"
	"polder/consensus/eligibility"
	"polder/consensus/opinion"
	"polder/instance"
	"polder/instance/store"
)

// demoReport is what `polder demo -json` prints.
type demoReport struct {
	Nation         demoPlace           `json:"nation"`
	Province       demoPlace           `json:"province"`
	Municipalities []demoMunicipality  `json:"municipalities"`
	Questions      []demoQuestionTotal `json:"questions"`
	Coverage       demoCoverage        `json:"coverage"`
	Opinion        *demoOpinion        `json:"opinion"`
	Ballots        int64               `json:"ballots"`
	Seconds        float64             `json:"seconds"`
}

type demoPlace struct {
	URL          string  `json:"url"`
	Actor        string  `json:"actor"`
	Consultation string  `json:"consultation"`
	Open         *string `json:"open"`
}

type demoMunicipality struct {
	demoPlace
	Area    string                      `json:"area"`
	Name    string                      `json:"name"`
	Ballots map[eligibility.Level]int64 `json:"ballots"`
}

type demoQuestionTotal struct {
	ID        string                                 `json:"id"`
	Statement string                                 `json:"statement"`
	Totals    map[string]map[eligibility.Level]int64 `json:"totals"`
}

// demoOpinion are the opinion groups of the joint consultation in the exact form
// that the convener holds: whole numbers as in a RoundResult (spec: opinion.md
// 12), consensus by the number of the statement in the vote file.
type demoOpinion struct {
	K         *int                     `json:"k"`
	Sizes     []int64                  `json:"sizes"`
	Centroids []opinion.Point          `json:"centroids"`
	Consensus map[string]opinion.Micro `json:"groupAwareConsensus"`
	Coverage  opinion.RoundCoverage    `json:"coverage"`
	reason    opinion.Reason
}

type demoCoverage struct {
	Expected int64 `json:"expected"`
	Reported int64 `json:"reported"`
}

// digest identifies the votes that are played.
func (p *demoPlan) digest() string {
	raw, err := json.Marshal([]any{p.Questions, p.Voters, p.Municipalities})
	if err != nil {
		panic(err) // plain values always encode
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func closedForVotes(con *store.Consultation) bool { return con.State == consensus.StateAnswering }

// check compares what the network counted with the vote file, and proves the
// totals of nation and province from the outside.
func (d *demo) check(ctx context.Context, slug string) (*demoReport, error) {
	n := d.network
	con, err := n.nation.Service.ConsultationBySlug(ctx, slug)
	if err != nil {
		return nil, err
	}
	full, err := n.nation.Service.StatementTotals(ctx, con)
	if err != nil {
		return nil, err
	}
	statements, err := n.statements(ctx, n.nation, slug)
	if err != nil {
		return nil, err
	}
	// The totals are those the convener holds, so the coverage is theirs: a
	// municipality that is too small to be shown has reported all the same.
	r := &demoReport{Nation: placeOf(n.nation, slug), Province: placeOf(n.province, slug),
		Coverage: demoCoverage{int64(len(n.places)), int64(len(full.Areas))}}
	var wrong error
	want := d.plan.expected()
	for i, q := range d.plan.Questions {
		t := demoQuestionTotal{ID: statements[i].ID, Statement: strconv.FormatInt(q.Statement, 10), Totals: emptyTotals()}
		for choice, levels := range t.Totals {
			for level := range levels {
				got := countOf(full.Count(i+1, level), choice)
				levels[level] = got
				r.Ballots += got
				if got != want[q.ID][choice][level] {
					wrong = errors.Join(wrong, fmt.Errorf("statement %d, %s, %s: %d counted, the file has %d", q.Statement, choice, level, got, want[q.ID][choice][level]))
				}
			}
		}
		r.Questions = append(r.Questions, t)
	}
	for i, m := range n.places {
		ballots, err := d.ballotsAt(ctx, m, slug)
		if err != nil {
			return nil, err
		}
		r.Municipalities = append(r.Municipalities, demoMunicipality{demoPlace: placeOf(m, slug),
			Area: d.plan.Municipalities[i].Code, Name: d.plan.Municipalities[i].Name, Ballots: ballots})
	}
	if r.Opinion, err = d.groups(ctx, con); err != nil {
		return nil, err
	}
	if wrong != nil {
		return nil, fmt.Errorf("the totals differ from the vote file:\n%w", wrong)
	}
	if err := d.sumsUp(ctx, slug); err != nil {
		return nil, err
	}
	for _, at := range []*running{n.nation, n.province} {
		if err := d.prove(ctx, at, slug); err != nil {
			return nil, err
		}
	}
	r.Seconds = float64(time.Since(d.started).Milliseconds()) / 1000
	return r, nil
}

// groups reads the opinion groups that the nation computed with all places.
func (d *demo) groups(ctx context.Context, con *instance.Consultation) (*demoOpinion, error) {
	exact, r, err := d.network.nation.Service.ConvenerGroups(ctx, con)
	if err != nil {
		return nil, err
	}
	o := &demoOpinion{K: exact.K, Sizes: exact.Sizes, Centroids: exact.Centroids, Consensus: map[string]opinion.Micro{},
		Coverage: r.Coverage, reason: exact.Reason}
	for i, q := range d.plan.Questions {
		if i < len(exact.Gac) {
			o.Consensus[strconv.FormatInt(q.Statement, 10)] = exact.Gac[i]
		}
	}
	return o, nil
}

func countOf(c instance.StatementCount, choice string) int64 {
	switch choice {
	case consensus.OptionAgree:
		return c.Agree
	case consensus.OptionDisagree:
		return c.Disagree
	}
	return c.Pass
}

// sumsUp compares what the province signed with what its members signed.
func (d *demo) sumsUp(ctx context.Context, slug string) error {
	var members *instance.StatementTotals
	totals := func(r *running) (*instance.StatementTotals, error) {
		con, err := r.Service.ConsultationBySlug(ctx, slug)
		if err != nil {
			return nil, err
		}
		return r.Service.StatementTotals(ctx, con)
	}
	for _, m := range d.network.places {
		t, err := totals(m)
		if err != nil {
			return err
		}
		if members == nil {
			members = t
		} else {
			members = members.Plus(t)
		}
	}
	province, err := totals(d.network.province)
	var none *instance.Error
	if errors.As(err, &none) && none.Code == instance.CodeNotFound {
		return nil // too few people: every place answered the nation itself
	}
	if err != nil {
		return err
	}
	if err := errors.Join(province.Same(members), members.Same(province)); err != nil && len(province.Areas) == len(d.network.places) {
		return fmt.Errorf("the total of the province is not the sum of its members:\n%w", err)
	}
	return nil
}

// ballotsAt counts the ballots a municipality holds per level.
func (d *demo) ballotsAt(ctx context.Context, m *running, slug string) (map[eligibility.Level]int64, error) {
	con, err := m.Service.ConsultationBySlug(ctx, slug)
	if err != nil {
		return nil, err
	}
	return m.Service.BallotsPerLevel(ctx, con)
}

// prove runs the check of `polder verify aggregate --deep` on one consultation:
// the total must be the sum of what the members signed and published.
func (d *demo) prove(ctx context.Context, at *running, slug string) error {
	report := audit.VerifyAggregate(ctx, newFetcher(), at.Service.Consultation(slug), true)
	if report.ExitCode() == 0 {
		return nil
	}
	var text strings.Builder
	if err := report.WriteText(&text); err != nil {
		return err
	}
	return fmt.Errorf("the total of %s is not proven to be the sum of its members:\n%s", at.Base, text.String())
}

func placeOf(r *running, slug string) demoPlace {
	return demoPlace{URL: r.Base, Actor: r.Service.Organization(), Consultation: r.Service.Consultation(slug)}
}

// opened adds the second consultation.
func (r *demoReport) opened(n *demoNetwork, slug string) {
	r.Nation.Open = new(n.nation.Service.Consultation(slug))
	r.Province.Open = new(n.province.Service.Consultation(slug))
	for i, m := range n.places {
		r.Municipalities[i].Open = new(m.Service.Consultation(slug))
	}
}

// print writes the result for people: addresses, log-ins and where to look.
func (r *demoReport) print(w io.Writer, d *demo, up bool) error {
	p := &printer{w: w}
	p.line("%d ballots on %d statements, counted in %d municipalities and equal to the vote file.", r.Ballots, len(r.Questions), len(r.Municipalities))
	p.line("%d of %d municipalities reported; the totals of province and nation are the sum of what they signed.", r.Coverage.Reported, r.Coverage.Expected)
	if o := r.Opinion; o.K != nil {
		p.line("%d opinion groups of %v people, computed with %d municipalities.", *o.K, o.Sizes, o.Coverage.InstancesInTally)
	} else {
		p.line("No opinion groups: %s.", o.reason)
	}
	p.line("Time: %.1f seconds.", r.Seconds)
	if !up {
		return p.err
	}
	p.line("")
	p.line("Nation    %s", r.Nation.URL)
	p.line("Province  %s", r.Province.URL)
	for _, m := range r.Municipalities {
		p.line("%-9s %s  (%s)", m.Area, m.URL, m.Name)
	}
	p.line("")
	p.line("Open for you: %s", *r.Nation.Open)
	for i, m := range r.Municipalities {
		p.line("%-9s %s", m.Area, *m.Open)
		p.line("          letter codes: %s", d.unusedCodes(i))
	}
	p.line("")
	p.line("Log in at <address>/login with:")
	for _, at := range append([]string{d.network.nation.Base, d.network.province.Base}, bases(d.network.places)...) {
		for _, login := range d.state.Officials[at] {
			p.line("%s  %s  %s", at, login.Username, login.Password)
			p.line("          %s", login.TOTP)
		}
	}
	p.line("")
	p.line("Check the total yourself: polder verify aggregate --deep %s", r.Nation.URL)
	p.line("Stop with Ctrl-C. The same folder goes on: polder demo -dir %s", d.dir)
	return p.err
}

func bases(list []*running) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.Base)
	}
	return out
}

// unusedCodes are the three letter codes per municipality that are left for a
// visitor of the open consultation.
func (d *demo) unusedCodes(place int) string {
	_, open := demoRounds(d.plan)
	list := d.state.Codes[open.slug+"/"+d.plan.Municipalities[place].Code]
	text := ""
	for _, c := range list[max(0, len(list)-3):] {
		text += c.Code + "  "
	}
	return text
}

// printer keeps the first error of a series of lines.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
