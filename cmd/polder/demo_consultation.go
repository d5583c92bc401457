// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/consensus/tally"
	"polder/instance"
	"polder/instance/web/pages"
)

// demoRound is one joint consultation of the demo.
type demoRound struct {
	slug    string
	title   map[string]string
	results string
	length  time.Duration
	letters func(place int) int // letter codes to print per municipality
}

// The two consultations: the first is voted in full, closed and checked; the
// second stays open for a visitor.
func demoRounds(p *demoPlan) (finished, open demoRound) {
	voters := make([]int, len(p.Municipalities))
	for _, v := range p.Voters {
		if v.Level == eligibility.Code {
			voters[v.Place]++
		}
	}
	finished = demoRound{slug: "voorbeeld", results: consensus.ResultsAfterClose, length: 14 * 24 * time.Hour,
		title:   map[string]string{"nl": "Voorbeeld: stemmen uit een eerder gesprek", "en": "Example: votes from an earlier conversation", "fy": "Foarbyld: stimmen út in earder petear"},
		letters: func(place int) int { return max(voters[place], 1) }}
	open = demoRound{slug: "voorbeeld-open", results: consensus.ResultsLive, length: 14 * 24 * time.Hour,
		title:   map[string]string{"nl": "Voorbeeld: doe zelf mee", "en": "Example: take part yourself", "fy": "Foarbyld: doch sels mei"},
		letters: func(place int) int { return voters[place] + 3 }}
	return finished, open
}

// hold brings a joint consultation to the point where it takes votes at every
// municipality. Every step looks at what is there already, so that a killed
// run goes on where it was.
func (n *demoNetwork) hold(ctx context.Context, p *demoPlan, state *demoState, r demoRound) error {
	if err := n.draft(ctx, p, r); err != nil {
		return err
	}
	members := append([]*running{n.province}, n.places...)
	for _, m := range members {
		if err := adopt(ctx, m, n.nation.Service.Consultation(r.slug)); err != nil {
			return fmt.Errorf("%s adopts: %w", m.Base, err)
		}
	}
	for i, m := range n.places {
		if err := letters(ctx, state, m, r, p.Municipalities[i].Code, r.letters(i)); err != nil {
			return fmt.Errorf("letter codes of %s: %w", m.Base, err)
		}
	}
	return eventually(ctx, "opening of "+r.slug, func() (bool, error) {
		for _, m := range n.places {
			con, err := m.Service.ConsultationBySlug(ctx, r.slug)
			if err != nil {
				return false, err
			}
			if con.State == consensus.StateAnnounced {
				return false, nil
			}
		}
		return n.allActive(ctx, r.slug)
	})
}

// allActive is true once the Roster lists every member as active.
func (n *demoNetwork) allActive(ctx context.Context, slug string) (bool, error) {
	con, err := n.nation.Service.ConsultationBySlug(ctx, slug)
	if err != nil {
		return false, err
	}
	j, err := n.nation.Service.JointResult(ctx, con)
	if err != nil {
		return false, nil // no Roster yet
	}
	for _, m := range j.Roster.Members {
		if m.Status != tally.MemberActive {
			return false, nil
		}
	}
	return true, nil
}

// draft writes, submits and approves the consultation at the nation.
func (n *demoNetwork) draft(ctx context.Context, p *demoPlan, r demoRound) error {
	con, err := n.nation.Service.ConsultationBySlug(ctx, r.slug)
	var missing *instance.Error
	if errors.As(err, &missing) && missing.Code == instance.CodeNotFound {
		if _, err := n.nation.Service.RefreshCandidates(ctx); err != nil {
			return err
		}
		con, err = n.nation.Service.CreateDraft(ctx, demoAuthor, n.content(r))
	}
	if err != nil {
		return fmt.Errorf("draft %s: %w", r.slug, err)
	}
	state := con.State
	if state == consensus.StateDraft {
		if err := n.seed(ctx, p, r.slug); err != nil {
			return fmt.Errorf("statements of %s: %w", r.slug, err)
		}
		// A killed run may have left a draft with dates of then.
		if err := n.nation.Service.SaveDraft(ctx, demoAuthor, r.slug, n.content(r)); err != nil {
			return fmt.Errorf("draft %s: %w", r.slug, err)
		}
		if err := n.nation.Service.StepConsultation(ctx, demoAuthor, r.slug, consensus.Event{Kind: consensus.EventSubmit}); err != nil {
			return fmt.Errorf("submit %s: %w", r.slug, err)
		}
		state = consensus.StateReview
	}
	if state == consensus.StateReview {
		if err := n.nation.Service.StepConsultation(ctx, demoApprover, r.slug, consensus.Event{Kind: consensus.EventApprove}); err != nil {
			return fmt.Errorf("approve %s: %w", r.slug, err)
		}
	}
	return nil
}

// seed gives the draft the statements of the vote file, in their order, once.
func (n *demoNetwork) seed(ctx context.Context, p *demoPlan, slug string) error {
	list, err := n.statements(ctx, n.nation, slug)
	if err != nil || len(list) > 0 {
		return err
	}
	_, err = n.nation.Service.ImportSeeds(ctx, demoAuthor, slug, p.seeds())
	return err
}

// statements are those of the conversation at one instance, by number.
func (n *demoNetwork) statements(ctx context.Context, at *running, slug string) ([]instance.Statement, error) {
	con, err := at.Service.ConsultationBySlug(ctx, slug)
	if err != nil {
		return nil, err
	}
	return at.Service.Statements(ctx, con.ID)
}

// moderate hides, at the nation, what was removed in the vote file, and waits
// until every municipality has heard of it. The votes stay and count.
func (n *demoNetwork) moderate(ctx context.Context, p *demoPlan, slug string) error {
	list, err := n.statements(ctx, n.nation, slug)
	if err != nil {
		return err
	}
	hidden := 0
	for i, q := range p.Questions {
		if !q.Removed {
			continue
		}
		hidden++
		if list[i].State == consensus.StatementHidden {
			continue
		}
		d := instance.Decision{Action: consensus.ModerateHide, Reason: "offTopic", Text: "In het eerdere gesprek is deze stelling verwijderd."}
		if err := n.nation.Service.ModerateStatement(ctx, demoApprover, slug, list[i].ID, d); err != nil {
			return fmt.Errorf("hide statement %d: %w", q.Statement, err)
		}
	}
	return eventually(ctx, "removal of statements in "+slug, func() (bool, error) {
		for _, m := range n.places {
			con, err := m.Service.ConsultationBySlug(ctx, slug)
			if err != nil {
				return false, err
			}
			gone, err := m.Service.Statements(ctx, con.ID, consensus.StatementHidden)
			if err != nil || len(gone) < hidden {
				return false, err
			}
		}
		return true, nil
	})
}

// content is the draft: one conversation over statements.
func (n *demoNetwork) content(r demoRound) instance.Draft {
	now := time.Now()
	phase := consensus.Phase{Kind: consensus.PhaseVote, StartsAt: now.UTC().Truncate(time.Second),
		EndsAt: now.Add(r.length).UTC().Truncate(time.Second), Switches: consensus.Switches{Vote: true}}
	d := instance.Draft{Slug: r.slug, Title: r.title, Joint: true, Charter: demoCharter(phase),
		Definition: consensus.Definition{RollDate: now.Format(time.DateOnly), MinAge: 16, K: 10, Results: r.results,
			Levels:   []eligibility.Level{eligibility.Open, eligibility.Fediverse, eligibility.Code},
			Official: []eligibility.Level{eligibility.Code}}}
	d.Definition.Questions = []consensus.DefinitionQuestion{conversation()}
	d.Members = append(d.Members, n.province.Service.Actor())
	for _, m := range n.places {
		d.Members = append(d.Members, m.Service.Actor())
	}
	return d
}

func demoCharter(phase consensus.Phase) consensus.Charter {
	return consensus.Charter{
		Question:           "Wat vindt u van deze stellingen?",
		WhyNow:             "Dit is een voorbeeld. Het laat zien hoe gemeenten samen tellen.",
		CanChange:          "Niets: de stemmen komen uit een eerder gesprek en worden hier opnieuw geteld.",
		IsFixed:            "De stellingen en de stemmen.",
		ParticipationLevel: "consult",
		DecidingBody:       consensus.DecidingBody{Body: "minister", Role: "voorbeeldrol"},
		FormalLink:         consensus.FormalLink{Reference: consensus.NoneYet, ExpectedDecisionDate: phase.EndsAt.AddDate(0, 3, 0).Format(time.DateOnly)},
		WhoMayTakePart: consensus.WhoMayTakePart{Areas: []string{area0}, MinAge: 16, RollDate: phase.StartsAt.Format(time.DateOnly),
			Levels: consensus.ActionLevels{Vote: eligibility.Open}},
		Phases:        []consensus.Phase{phase},
		Weighing:      consensus.Weighing{OfficialLevels: []eligibility.Level{eligibility.Code}, Method: "Stemmen met een stemcode tellen mee. Andere stemmen tonen wij apart."},
		OfflineWays:   consensus.OfflineWays{Reason: "Dit is een voorbeeld op uw eigen computer."},
		Contact:       consensus.Contact{Role: "voorbeeldcontact", Email: "voorbeeld@polder.example", Telephone: "onbekend"},
		PrivacyNotice: consensus.PrivacyNotice{URL: "/privacy", LegalBasis: "publieke taak", Retention: "tot u de map van het voorbeeld weggooit"},
		LegalBasis:    consensus.LegalBasis{Code: "other", Article: "geen", Why: "Dit is een voorbeeld."},
	}
}

// area0 stands for everybody who takes part in the example.
const area0 = "NL01"

// adopt waits for the invitation and accepts it.
func adopt(ctx context.Context, m *running, root string) error {
	return eventually(ctx, "invitation of "+m.Base, func() (bool, error) {
		list, err := m.Service.Joinings(ctx)
		if err != nil {
			return false, err
		}
		for _, j := range list {
			if j.Canonical != root {
				continue
			}
			if j.State != consensus.JoiningReceived {
				return true, nil
			}
			_, err := m.Service.AnswerJoint(ctx, demoApprover, root, true, "")
			var e *instance.Error
			if errors.As(err, &e) && e.Code == instance.CodeUnavailable {
				return false, nil // the Roster is still on its way
			}
			return err == nil, err
		}
		return false, nil
	})
}

// letters makes the letter codes of one municipality, keeps them, and imports
// their hashes. Importing the same list again adds nothing.
func letters(ctx context.Context, state *demoState, m *running, r demoRound, code string, count int) error {
	name := r.slug + "/" + code
	kcode := make([]byte, 32)
	if len(state.Codes[name]) == 0 {
		rand.Read(kcode)
		list, err := eligibility.GenerateCodes(rand.Reader, kcode, count)
		if err != nil {
			return err
		}
		var file bytes.Buffer
		if err := eligibility.WriteHashes(&file, rand.Reader, kcode, list); err != nil {
			return err
		}
		for _, c := range list {
			state.Codes[name] = append(state.Codes[name], demoLetter{Code: c.Code.Letter(), Hash: c.Hash})
		}
		state.HashFiles[name] = file.String()
		if err := state.save(); err != nil {
			return err
		}
	}
	_, err := m.Service.ImportCodes(ctx, demoAuthor.ID, r.slug, bytes.NewBufferString(state.HashFiles[name]))
	return err
}

// close ends the voting: one official asks, another approves.
func (n *demoNetwork) closeVoting(ctx context.Context, slug string) error {
	con, err := n.nation.Service.ConsultationBySlug(ctx, slug)
	if err != nil {
		return err
	}
	if con.State != consensus.StateOpen {
		return nil
	}
	if con.CloseRequest == nil {
		if err := n.nation.Service.RequestClose(ctx, demoAuthor, slug, "Alle stemmen van het voorbeeld zijn uitgebracht."); err != nil {
			return fmt.Errorf("ask to close: %w", err)
		}
	}
	if err := n.nation.Service.ApproveClose(ctx, demoApprover, slug); err != nil {
		return fmt.Errorf("approve closing: %w", err)
	}
	return nil
}

// final waits until nation and province have added up the final tallies.
func (n *demoNetwork) final(ctx context.Context, slug string) error {
	return eventually(ctx, "final totals of "+slug, func() (bool, error) {
		for _, r := range []*running{n.nation, n.province} {
			con, err := r.Service.ConsultationBySlug(ctx, slug)
			if err != nil {
				return false, err
			}
			j, err := r.Service.JointResult(ctx, con)
			if err != nil {
				return false, err
			}
			if j.Aggregate == nil || !j.Aggregate.Final() || !n.allFinal(j) {
				return false, nil
			}
		}
		return n.addedUp(ctx, slug)
	})
}

// allFinal is true once every municipality has given its last word. One that
// is withheld, because its numbers are small, has done so too.
func (n *demoNetwork) allFinal(j *instance.Joint) bool {
	final := 0
	for i := range j.Result.Rows {
		if d := j.Result.Rows[i].Doc; d != nil && d.Final() {
			final++
		}
	}
	return final == len(n.places)
}

// addedUp is true once the nation has the result of the round that counts every
// ballot, of every member, also of those that hide some because they are small.
func (n *demoNetwork) addedUp(ctx context.Context, slug string) (bool, error) {
	con, err := n.nation.Service.ConsultationBySlug(ctx, slug)
	if err != nil {
		return false, err
	}
	t, err := n.nation.Service.StatementTotals(ctx, con)
	var missing *instance.Error
	if errors.As(err, &missing) && missing.Code == instance.CodeNotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return t.Final && len(t.Areas) == len(n.places), nil
}

// polls reads the poll ids of a consultation at every municipality.
func (n *demoNetwork) castPlaces(ctx context.Context, p *demoPlan, state *demoState, slug string) ([]castPlace, error) {
	var list []castPlace
	for i, m := range n.places {
		polls, err := readPolls(ctx, n.client, m.Service.Consultation(slug), p.Questions)
		if err != nil {
			return nil, err
		}
		statements, err := n.statements(ctx, m, slug)
		if err != nil {
			return nil, err
		}
		ids := map[string]string{}
		for i, q := range p.Questions {
			ids[q.ID] = statements[i].ID
		}
		list = append(list, castPlace{Base: m.Base, Slug: slug, Codes: state.Codes[slug+"/"+p.Municipalities[i].Code], Polls: polls, IDs: ids})
	}
	return list, nil
}

// cookieFor is the participation cookie of a visitor of the demo. A browser
// gets its own with its first vote; these are made from the participant's
// number, so that a run that goes on votes as the same visitors.
func (n *demoNetwork) cookieFor(place int, visitor string) (*http.Cookie, error) {
	r := n.places[place]
	sealer, err := pages.NewSealer(r.Keys.Application, rand.Reader, r.Base)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append([]byte("visitor "+visitor+" "), r.Keys.Application...))
	now := time.Now()
	v := pages.Visitor{ID: [16]byte(sum[:16]), Until: now.Add(24 * time.Hour)}
	return sealer.Cookie(v, now)
}
