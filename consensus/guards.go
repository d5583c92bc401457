// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"fmt"
	"slices"
	"time"
)

func guardReason(_ *Consultation, s step) []Cause {
	if written(s.Reason) {
		return nil
	}
	return []Cause{{"reason-missing", "reason", "a reason is obligatory"}}
}

func guardSubmit(c *Consultation, _ step) []Cause { return c.Charter.Problems() }

func guardApprove(c *Consultation, s step) []Cause {
	causes := c.Charter.Problems()
	if c.Charter.LegalBasis.Code == Awb34 {
		causes = append(causes, guardStatutory(c, s)...)
	}
	causes = append(causes, guardDates(c, s)...)
	return append(causes, guardDefinition(c)...)
}

func guardStatutory(c *Consultation, s step) []Cause {
	start, ok := FirstStart(c.Charter.Phases)
	if !ok || openLength(c.Charter.Phases) >= c.terms().Statutory.After(start, s.zone).Sub(start) {
		return nil
	}
	return []Cause{{"awb34-too-short", "phases", "under awb34 the open phases last at least 42 days together"}}
}

// guardDates wants every phase in the future and the first one far enough away.
// An instance started with -dev may begin at once, but not in a phase that has
// ended.
func guardDates(c *Consultation, s step) (causes []Cause) {
	for i, p := range c.Charter.Phases {
		if !p.EndsAt.After(s.now) || !s.Dev && !p.StartsAt.After(s.now) {
			causes = append(causes, Cause{"date-past", fmt.Sprintf("phases/%d", i), "the dates must be in the future"})
		}
	}
	start, ok := FirstStart(c.Charter.Phases)
	soon := ok && start.Before(c.terms().Notice.After(s.now, s.zone))
	if soon && len(causes) == 0 && !s.Dev && !written(s.Reason) {
		causes = append(causes, Cause{"notice-too-short", "phases/0", "the first phase starts within 7 days: a reason is obligatory"})
	}
	return causes
}

func guardDefinition(c *Consultation) []Cause {
	if OfficialLevelsOverlap(c.Charter.Weighing.OfficialLevels) {
		return []Cause{{"official-levels-overlap", "weighing", "one resident could count twice: official levels must exclude each other"}}
	}
	_, _, votes := VoteWindow(c.Charter.Phases)
	if c.Definition == nil {
		if votes {
			return []Cause{{"definition-missing", "definition", "a phase takes votes, but there is no question"}}
		}
		return nil
	}
	var causes []Cause
	if !votes {
		causes = append(causes, Cause{"window-missing", "phases", "there is a question, but no phase takes votes"})
	}
	if err := c.Definition.Check(); err != nil {
		causes = append(causes, Cause{"definition-invalid", "definition", err.Error()})
	} else if _, _, err := c.Definition.Encode(); err != nil {
		causes = append(causes, Cause{"definition-invalid", "definition", err.Error()})
	}
	if OfficialLevelsOverlap(c.Definition.Official) {
		causes = append(causes, Cause{"official-levels-overlap", "definition", "one resident could count twice: official levels must exclude each other"})
	} else if !sameSet(c.Definition.Official, c.Charter.Weighing.OfficialLevels) {
		causes = append(causes, Cause{"official-levels-differ", "weighing", "the official levels of the charter and of the definition differ"})
	}
	return causes
}

func guardStart(c *Consultation, s step) []Cause {
	start, ok := FirstStart(c.Phases)
	return notYet(start, ok, s.now)
}

func guardEndInput(c *Consultation, s step) []Cause {
	end, ok := InputEnd(c.Phases)
	return notYet(end, ok, s.now)
}

func notYet(at time.Time, ok bool, now time.Time) []Cause {
	if ok && !now.Before(at) {
		return nil
	}
	return []Cause{{"too-early", "phases", "the moment has not come"}}
}

func guardChangeDates(c *Consultation, s step) []Cause {
	causes := guardReason(c, s)
	if c.Joint && !c.Convener {
		causes = append(causes, Cause{"convener-only", "phases", "the dates of a joint consultation are the convener's"})
	}
	if len(s.Phases) != len(c.Phases) {
		return append(causes, Cause{"phases-differ", "phases", "phases cannot be added or left out"})
	}
	for i, p := range s.Phases {
		if detail := onlyLater(c.Phases[i], p, s.now); detail != "" {
			causes = append(causes, Cause{"only-later", fmt.Sprintf("phases/%d", i), detail})
		}
	}
	if detail := invalidPhases(s.Phases); detail != "" {
		causes = append(causes, Cause{"phases-invalid", "phases", detail})
	}
	return causes
}

// onlyLater says why the change of one phase is not allowed, or "".
func onlyLater(old, changed Phase, now time.Time) string {
	switch {
	case changed.Kind != old.Kind || changed.Switches != old.Switches:
		return "kind and switches are frozen"
	case changed.StartsAt.Before(old.StartsAt) || changed.EndsAt.Before(old.EndsAt):
		return "dates can only move later"
	case old.Status(now) != PhaseUpcoming && !changed.StartsAt.Equal(old.StartsAt):
		return "the phase has started"
	case old.Status(now) == PhasePast && !changed.EndsAt.Equal(old.EndsAt):
		return "the phase has ended"
	}
	return ""
}

func guardCloseNow(c *Consultation, s step) []Cause {
	causes := guardReason(c, s)
	if s.Second == nil || s.Second.ID == s.actor.ID || s.Second.ID == "" || !s.Second.Roles.Has(seconds...) {
		causes = append(causes, Cause{"second-person", "second", "a second person has to approve"})
	}
	running := slices.ContainsFunc(c.Phases, func(p Phase) bool { return p.Kind == PhaseVote && p.Running(s.now) })
	if running && !s.Dev {
		causes = append(causes, Cause{"vote-running", "phases", "a running vote is never shortened"})
	}
	if c.Joint && !c.Convener {
		causes = append(causes, Cause{"convener-only", "phases", "a joint consultation is closed by the convener"})
	}
	return causes
}

func guardPublishAnswers(c *Consultation, s step) []Cause {
	var causes []Cause
	if s.Answers < 1 {
		causes = append(causes, Cause{"answer-missing", "answers", "there is no answer"})
	}
	for _, id := range s.Unanswered {
		causes = append(causes, Cause{"contribution-unanswered", id, "a visible contribution is outside every answer group"})
	}
	if c.Definition != nil && c.Leaf && c.Counting != CountingFinal {
		causes = append(causes, Cause{"count-not-final", "counting", "the own count is not final"})
	}
	return causes
}

func guardExtend(c *Consultation, s step) []Cause {
	causes := guardReason(c, s)
	if c.Extension != nil {
		causes = append(causes, Cause{"extended-before", "days", "the answer can be extended once"})
	}
	if longest := c.terms().Extension.Days; s.Days < 1 || s.Days > longest {
		causes = append(causes, Cause{"extension-length", "days", fmt.Sprintf("1 to %d days are possible", longest)})
	}
	return causes
}

func guardDecide(_ *Consultation, s step) []Cause {
	d := s.Decision
	if d == nil {
		return []Cause{{"decision-missing", "decision", "a decision, or \"no decision\" with a reason"}}
	}
	var causes []Cause
	if d.None && !written(d.Reason) {
		causes = append(causes, Cause{"reason-missing", "decision", "\"no decision\" needs a reason"})
	}
	for i, m := range d.Commitments {
		if !written(m.Owner) || m.DueAt.IsZero() {
			causes = append(causes, Cause{"commitment-incomplete", fmt.Sprintf("commitments/%d", i), "a commitment has an owner and a date"})
		}
	}
	return causes
}

func guardEvaluate(c *Consultation, s step) []Cause {
	if s.now.Before(c.terms().Survey.After(c.DecidedAt, s.zone)) {
		return []Cause{{"survey-too-short", "survey", "the evaluation survey runs at least 14 days"}}
	}
	return nil
}

func guardClose(c *Consultation, s step) []Cause {
	if s.OpenPromises > 0 && s.now.Before(c.terms().Rest.After(c.EvaluatedAt, s.zone)) {
		return []Cause{{"commitments-open", "commitments", fmt.Sprintf("%d commitments are open", s.OpenPromises)}}
	}
	return nil
}

func guardCancel(c *Consultation, s step) []Cause {
	if c.State == StateAnnounced {
		return guardReason(c, s)
	}
	return nil
}

// guardAdopt compares the local copy with the canonical definition byte by byte,
// through their digests.
func guardAdopt(c *Consultation, s step) []Cause {
	if c.Definition == nil {
		return []Cause{{"definition-missing", "definition", "there is nothing to adopt"}}
	}
	causes := s.Dates.invalid()
	if _, _, votes := VoteWindow(c.Charter.Phases); !votes && !s.Dates.OpensAt.Before(s.Dates.ClosesAt) {
		causes = append(causes, Cause{"dates-invalid", "dates", "the opening date is missing"})
	}
	if err := c.Definition.Check(); err != nil {
		return append(causes, Cause{"definition-invalid", "definition", err.Error()})
	}
	if _, digest, err := c.Definition.Encode(); err != nil || digest != s.Digest {
		causes = append(causes, Cause{"digest-differs", "definition", "the local copy differs from the canonical definition"})
	}
	return causes
}

func guardFollowDates(c *Consultation, s step) []Cause {
	if !c.Joint || c.Convener {
		return []Cause{{"not-joint", "dates", "only a member follows the dates of a Roster"}}
	}
	return s.Dates.invalid()
}

func (d Dates) invalid() []Cause {
	if d.ClosesAt.IsZero() || d.TallyBy.Before(d.ClosesAt) || d.ObjectionUntil.Before(d.TallyBy) {
		return []Cause{{"dates-invalid", "dates", "the dates of the Roster are not in order"}}
	}
	return nil
}

func sameSet[T ~string](a, b []T) bool {
	contains := func(in []T) func(T) bool { return func(x T) bool { return !slices.Contains(in, x) } }
	return !slices.ContainsFunc(a, contains(b)) && !slices.ContainsFunc(b, contains(a))
}
