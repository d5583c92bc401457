// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"slices"
	"time"
)

// The functions below change n, the copy of the consultation a step works on;
// its state has been set already.

func applyCreate(n *Consultation, s step) []Effect {
	n.Author = s.actor.ID
	return nil
}

func applyReturn(_ *Consultation, s step) []Effect {
	return []Effect{{Kind: EffectTellAuthor, Reason: s.Reason}}
}

func applyApprove(n *Consultation, s step) []Effect {
	n.Phases = slices.Clone(n.Charter.Phases)
	n.Approver, n.PublishedAt = s.actor.ID, s.now.UTC()
	if n.Definition != nil {
		// The guard has encoded the same value without error.
		_, n.DefinitionDigest, _ = n.Definition.Encode()
		n.OpensAt, n.ClosesAt, _ = VoteWindow(n.Phases)
		n.defaultDeadlines(s.zone)
	}
	effects := []Effect{{Kind: EffectFreeze}, {Kind: EffectPublishConsultation, Reason: s.Reason}}
	if n.Joint && n.Convener {
		effects = append(effects, Effect{Kind: EffectPublishRoster}, Effect{Kind: EffectInviteMembers})
	}
	return effects
}

// defaultDeadlines sets those that were not chosen: reports 7 days after the
// end of input, objections 14 days after that.
func (c *Consultation) defaultDeadlines(zone *time.Location) {
	if c.TallyBy.IsZero() {
		end := c.ClosesAt
		if input, ok := InputEnd(c.Phases); ok && input.After(end) {
			end = input
		}
		c.TallyBy = c.terms().TallyBy.After(end, zone)
	}
	if c.ObjectionUntil.IsZero() {
		c.ObjectionUntil = c.terms().Objection.After(c.TallyBy, zone)
	}
}

func applyAdopt(n *Consultation, s step) []Effect {
	n.Joint, n.Convener, n.Root = true, false, n.Definition.Root
	n.Author, n.Approver, n.PublishedAt = s.actor.ID, s.actor.ID, s.now.UTC()
	n.DefinitionDigest = s.Digest
	n.Phases = slices.Clone(n.Charter.Phases)
	opens, _, votes := VoteWindow(n.Phases)
	if !votes {
		opens = s.Dates.OpensAt
		vote := Phase{Kind: PhaseVote, StartsAt: opens, EndsAt: s.Dates.ClosesAt, Switches: Switches{Vote: true}}
		n.Phases = append(n.Phases, vote)
	}
	n.OpensAt = opens
	n.followDates(s.Dates)
	return []Effect{{Kind: EffectFreeze}, {Kind: EffectPublishConsultation}}
}

func applyStart(n *Consultation, s step) []Effect {
	n.StartedAt = s.now.UTC()
	return []Effect{{Kind: EffectOpenLog}, {Kind: EffectPublishUpdate}}
}

func applyChangeDates(n *Consultation, s step) []Effect {
	n.Phases = slices.Clone(s.Phases)
	if n.Definition != nil {
		before := n.ClosesAt
		n.OpensAt, n.ClosesAt, _ = VoteWindow(n.Phases)
		n.moveDeadlines(n.ClosesAt.Sub(before))
	}
	return n.datesChanged(s.Reason)
}

// moveDeadlines keeps what was planned after the window as long as it was.
func (c *Consultation) moveDeadlines(by time.Duration) {
	if !c.TallyBy.IsZero() {
		c.TallyBy = c.TallyBy.Add(by)
	}
	if !c.ObjectionUntil.IsZero() {
		c.ObjectionUntil = c.ObjectionUntil.Add(by)
	}
}

// datesChanged: everyone is told, and in a joint consultation the Roster too.
func (c *Consultation) datesChanged(reason string) []Effect {
	effects := []Effect{{Kind: EffectPublishUpdate, Reason: reason}}
	if c.Joint && c.Convener {
		effects = append(effects, Effect{Kind: EffectPublishRoster, Reason: reason})
	}
	return effects
}

func applyCloseNow(n *Consultation, s step) []Effect {
	now := s.now.UTC()
	n.Phases = cutPhases(n.Phases, now)
	if n.Definition != nil && n.ClosesAt.After(now) {
		n.moveDeadlines(now.Sub(n.ClosesAt))
		n.ClosesAt = now
		if n.OpensAt.After(now) { // the vote never begins
			n.OpensAt = now
		}
	}
	return append(n.datesChanged(s.Reason), n.endInput(now, s.zone)...)
}

// cutPhases ends the running input phase now and drops those still to come.
func cutPhases(phases []Phase, now time.Time) []Phase {
	var kept []Phase
	for _, p := range phases {
		if p.Open() && p.Status(now) == PhaseUpcoming {
			continue
		}
		if p.Open() && p.Running(now) {
			p.EndsAt = now
		}
		kept = append(kept, p)
	}
	return kept
}

func applyEndInput(n *Consultation, s step) []Effect {
	end, _ := InputEnd(n.Phases)
	return n.endInput(end, s.zone)
}

// endInput locks the instruments and starts the count and the answer clock. The
// clock counts from the end of the phase, not from when the scheduler noticed.
func (c *Consultation) endInput(end time.Time, zone *time.Location) []Effect {
	c.InputEndedAt = end.UTC()
	c.AnswerDueAt = c.terms().Answer.After(end, zone)
	effects := []Effect{{Kind: EffectLockInstruments}}
	if c.Definition != nil {
		c.defaultDeadlines(zone)
		if c.Counting == CountingNone {
			c.Counting = CountingFlush
		}
		effects = append(effects, Effect{Kind: EffectStartCount})
	}
	return append(effects, Effect{Kind: EffectStartAnswerClock, At: c.AnswerDueAt}, Effect{Kind: EffectPublishUpdate})
}

func applySuspend(n *Consultation, s step) []Effect {
	n.Pauses = append(n.Pauses, Pause{From: s.now.UTC(), Reason: s.Reason})
	return []Effect{{Kind: EffectRefuseWrites, Reason: s.Reason}, {Kind: EffectPublishUpdate, Reason: s.Reason}}
}

// applyResume gives the lost time back: what had not ended ends that much later,
// what had not started starts that much later. A member of a joint consultation
// cannot move its dates; it asks the convener for a Roster that does.
func applyResume(n *Consultation, s step) []Effect {
	last := &n.Pauses[len(n.Pauses)-1]
	last.Until = s.now.UTC()
	from, lost := last.From, last.Until.Sub(last.From)
	effects := []Effect{{Kind: EffectAcceptWrites, Reason: s.Reason}}
	if n.Joint && !n.Convener {
		return append(effects, Effect{Kind: EffectAskConvener, Reason: s.Reason}, Effect{Kind: EffectPublishUpdate, Reason: s.Reason})
	}
	for i, p := range n.Phases {
		if p.EndsAt.After(from) {
			n.Phases[i].EndsAt = p.EndsAt.Add(lost)
		}
		if p.StartsAt.After(from) {
			n.Phases[i].StartsAt = p.StartsAt.Add(lost)
		}
	}
	if n.OpensAt.After(from) {
		n.OpensAt = n.OpensAt.Add(lost)
	}
	if n.ClosesAt.After(from) {
		n.ClosesAt = n.ClosesAt.Add(lost)
		n.moveDeadlines(lost)
	}
	return append(effects, n.datesChanged(s.Reason)...)
}

func applyFollowDates(n *Consultation, s step) []Effect {
	n.followDates(s.Dates)
	return []Effect{{Kind: EffectPublishUpdate, Reason: s.Reason}}
}

// followDates takes over the dates of a Roster. The phases that ended with the
// counted window move with it.
func (c *Consultation) followDates(d Dates) {
	_, closes, _ := VoteWindow(c.Phases)
	for i, p := range c.Phases {
		if p.Votes() && p.EndsAt.Equal(closes) {
			c.Phases[i].EndsAt = d.ClosesAt
			if p.StartsAt.After(d.ClosesAt) { // closed before it began
				c.Phases[i].StartsAt = d.ClosesAt
			}
		}
	}
	c.ClosesAt, c.TallyBy, c.ObjectionUntil = d.ClosesAt, d.TallyBy, d.ObjectionUntil
	if !d.OpensAt.IsZero() {
		c.OpensAt = d.OpensAt
	}
	if c.OpensAt.After(c.ClosesAt) {
		c.OpensAt = c.ClosesAt
	}
}

func applyPublishAnswers(n *Consultation, s step) []Effect {
	n.AnsweredAt = s.now.UTC()
	return []Effect{{Kind: EffectPublishAnswers}}
}

func applyExtend(n *Consultation, s step) []Effect {
	n.Extension = &Extension{Days: s.Days, Reason: s.Reason}
	n.AnswerDueAt = Days(s.Days).After(n.AnswerDueAt, s.zone)
	return []Effect{{Kind: EffectStartAnswerClock, At: n.AnswerDueAt}, {Kind: EffectPublishUpdate, Reason: s.Reason}}
}

func applyDecide(n *Consultation, s step) []Effect {
	n.DecidedAt = s.now.UTC()
	n.EvaluationDue = n.terms().Evaluation.After(s.now, s.zone)
	return []Effect{{Kind: EffectPublishDecision, Reason: s.Decision.Reason}, {Kind: EffectOpenSurvey, At: n.EvaluationDue}}
}

func applyEvaluate(n *Consultation, s step) []Effect {
	n.EvaluatedAt = s.now.UTC()
	return []Effect{{Kind: EffectPublishEvaluation}}
}

func applyClose(n *Consultation, s step) []Effect {
	n.ClosedAt = s.now.UTC()
	return []Effect{{Kind: EffectPublishUpdate}}
}

func applyArchive(n *Consultation, s step) []Effect {
	n.ArchivedAt = s.now.UTC()
	return []Effect{{Kind: EffectWriteArchive}, {Kind: EffectReducePersonalData}}
}

func applyCancel(n *Consultation, s step) []Effect {
	n.CancelledAt = s.now.UTC()
	if n.PublishedAt.IsZero() {
		return nil
	}
	return []Effect{{Kind: EffectPublishCancellation, Reason: s.Reason}}
}
