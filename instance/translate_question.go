// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"

	"polder/activitypub"
	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/consensus/tally"
	"polder/instance/store"
)

// pollByID finds a poll of ours and its consultation by the object id.
func (s *Service) pollByID(ctx context.Context, object string) (store.Poll, *store.Consultation, error) {
	id, ok := strings.CutPrefix(object, s.Base+"/questions/")
	if !ok {
		return store.Poll{}, nil, fmt.Errorf("poll %s: %w", clean(object, 200), store.ErrNotFound)
	}
	var poll store.Poll
	var con *store.Consultation
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if poll, err = tx.Polls.Get(id); err != nil {
			return err
		}
		con, err = s.cachedConsultation(tx, poll.Consultation)
		return err
	})
	return poll, con, err
}

// QuestionObject is a poll as anyone may read it now.
func (s *Service) QuestionObject(ctx context.Context, object string) (activitypub.Object, error) {
	poll, con, err := s.pollByID(ctx, object)
	if err != nil {
		return activitypub.Object{}, AsError(err)
	}
	var o activitypub.Object
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		o, err = s.questionObject(tx, con, poll)
		return err
	})
	if err != nil {
		return o, AsError(err)
	}
	return o, nil
}

// questionObject builds the Question. Its published, options and their order
// never change; only counts and `closed` do, and without touching `updated`,
// so that no server shows the poll as edited (spec: federation.md 1 and 6).
func (s *Service) questionObject(tx *store.Tx, con *store.Consultation, p store.Poll) (activitypub.Object, error) {
	q, st, err := s.polled(tx, con, p.Question)
	if err != nil {
		return activitypub.Object{}, fmt.Errorf("poll %s: question %s: %w", p.ID, p.Question, err)
	}
	o := s.bareQuestion(con, p, q)
	if st != nil {
		s.asStatement(con, &o, st)
	}
	if now := s.now(); closedForGood(con.State) || con.State == consensus.StateOpen && !now.Before(con.ClosesAt) {
		o.Closed = activitypub.At(con.ClosesAt)
	}
	if st != nil && st.State != consensus.StatementVisible {
		o.Closed = activitypub.At(st.Changed)
		return o, nil
	}
	shown, ok, err := s.shownCounts(tx, con, q)
	if err != nil || !ok {
		return o, err
	}
	return o.WithCounts(shown.options, shown.voters)
}

// barCounts are the figures on the bars of a poll, level fediverse only:
// options in the order of the definition.
type barCounts struct {
	options []int
	voters  int
}

func (s *Service) bareQuestion(con *store.Consultation, p store.Poll, q *consensus.DefinitionQuestion) activitypub.Object {
	group, id, lang := s.Consultation(con.Slug), s.Question(p.ID), s.opt.Languages[0]
	content := fmt.Sprintf("<p>%s</p><p><a href=\"%s?s=%s\">%s</a></p>", html.EscapeString(pick(q.Text, lang)),
		group, strconv.Itoa(p.Number), html.EscapeString(s.text("wire.vote-as-resident")))
	names := make([]string, len(q.Options))
	for i, o := range q.Options {
		names[i] = pick(o.Text, lang)
	}
	o := activitypub.Object{
		Context: activitypub.ObjectContext, ID: id, Type: activitypub.TypeQuestion,
		AttributedTo: group, Audience: group, InReplyTo: con.LeadNote, Thread: con.LeadNote + "/context",
		To: []string{group + "/followers"}, CC: []string{activitypub.Public},
		Published: activitypub.At(p.Published), EndTime: activitypub.At(con.ClosesAt), URL: id,
		Content: content, ContentMap: activitypub.LangMap{lang: content},
		InteractionPolicy: activitypub.OpenPolicy(),
		Kind:              "poll", Consultation: group, Number: p.Number, Results: con.Definition.Results,
		CountedLevels: []string{string(eligibility.Fediverse)},
	}
	if q.Max > 1 {
		o.AnyOf = activitypub.Options(names...)
	} else {
		o.OneOf = activitypub.Options(names...)
	}
	return o
}

// shownCounts gives the figures that the bars of a poll may show now. With
// `live` that is every vote counted so far. Otherwise it is what the newest
// tally published for level fediverse, and only if that level stands there on
// its own: else subtraction would reveal another one.
func (s *Service) shownCounts(tx *store.Tx, con *store.Consultation, q *consensus.DefinitionQuestion) (barCounts, bool, error) {
	if con.Definition.Results == consensus.ResultsLive || q.Kind == consensus.KindStatements {
		c, err := tx.Counts.Get(store.Key(con.ID, q.ID))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return barCounts{}, false, err
		}
		shown := barCounts{voters: int(c.Ballots[eligibility.Fediverse])}
		if q.Kind == consensus.KindStatements && !showsStatement(con, shown.voters) {
			return barCounts{}, false, nil
		}
		for _, o := range q.Options {
			shown.options = append(shown.options, int(c.Options[o.ID][eligibility.Fediverse]))
		}
		return shown, true, nil
	}
	doc, err := s.ownTally(tx, con)
	if errors.Is(err, store.ErrNotFound) {
		return barCounts{}, false, nil
	}
	if err != nil {
		return barCounts{}, false, err
	}
	shown, ok := publishedBars(doc, q)
	return shown, ok, nil
}

// publishedBars reads the counts of level fediverse from a tally in which it
// is a published group of its own with answers.
func publishedBars(d *tally.Doc, q *consensus.DefinitionQuestion) (barCounts, bool) {
	const level = string(eligibility.Fediverse)
	published, ok := d.Question(q.ID)
	if !ok || len(published.Options) != len(q.Options) {
		return barCounts{}, false
	}
	shown := barCounts{voters: int(published.Ballots[level])}
	for _, o := range published.Options {
		n, ok := o.N[level]
		if !ok {
			return barCounts{}, false
		}
		shown.options = append(shown.options, int(n))
	}
	return shown, true
}

// ownTally is the newest direct tally of this instance for a consultation.
func (s *Service) ownTally(tx *store.Tx, con *store.Consultation) (*tally.Doc, error) {
	c, err := tx.Counting.Get(con.ID)
	if err != nil {
		return nil, err
	}
	if c.Digest == "" {
		return nil, fmt.Errorf("own tally of %s: %w", con.Slug, store.ErrNotFound)
	}
	if d := s.tallies.get(c.Digest); d != nil {
		return d, nil
	}
	rec, err := tx.Signed.Get(c.Digest)
	if err != nil {
		return nil, err
	}
	return s.parseTally(rec)
}

// pollsDue tells whether any poll of con has something to send now.
func (s *Service) pollsDue(tx *store.Tx, con *store.Consultation) (bool, error) {
	polls, err := pollsOf(tx, con.ID)
	if err != nil {
		return false, err
	}
	today := s.today()
	sent, waiting := 0, 0
	for _, p := range polls {
		if p.DeliveredOn == today {
			sent++
		}
		if !p.Delivered {
			waiting++
		}
		_, due, err := s.pollDue(tx, con, p)
		if err != nil || due {
			return due, err
		}
	}
	return con.State == consensus.StateOpen && waiting > 0 && sent < floodLimit, nil
}

// updatePolls sends Update(Question) where counts or the closing changed, at
// most once per QuestionUpdate per poll while it is open, and the closing and
// final counts for certain.
func (s *Service) updatePolls(tx *store.Tx, con *store.Consultation) error {
	polls, err := pollsOf(tx, con.ID)
	if err != nil {
		return err
	}
	for _, p := range polls {
		o, due, err := s.pollDue(tx, con, p)
		if err == nil && due {
			err = s.updatePoll(tx, con, p, o)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pollDue builds the poll as readers see it now and tells whether they have to
// be told.
func (s *Service) pollDue(tx *store.Tx, con *store.Consultation, p store.Poll) (activitypub.Object, bool, error) {
	o, err := s.questionObject(tx, con, p)
	if err != nil {
		return o, false, err
	}
	closed := !o.Closed.IsZero()
	switch {
	case closed && !p.ClosedSent:
		return o, true, nil
	case fingerprint(o) == p.CountsSent:
		return o, false, nil
	case !closed && s.now().Sub(p.LastUpdate) < s.opt.Timing.QuestionUpdate:
		return o, false, nil
	case p.CountsSent == "" && o.Updated.IsZero() && (o.VotersCount == nil || *o.VotersCount == 0):
		return o, false, nil // nothing to tell yet
	}
	return o, true, nil
}

func (s *Service) updatePoll(tx *store.Tx, con *store.Consultation, p store.Poll, o activitypub.Object) error {
	inboxes, err := s.pollAudience(tx, con, p, o.AttributedTo)
	if err != nil {
		return err
	}
	update := activitypub.NewUpdate(fmt.Sprintf("%s#updates/%d", o.ID, s.now().UnixMilli()), o)
	p.CountsSent, p.LastUpdate, p.ClosedSent = fingerprint(o), s.now().UTC(), !o.Closed.IsZero()
	return errors.Join(tx.Polls.Put(p.ID, p),
		s.publish(tx, send{actor: o.AttributedTo, activity: update, inboxes: inboxes, replaces: o.ID}))
}

// pollAudience is every follower that got the poll and every host that voted.
func (s *Service) pollAudience(tx *store.Tx, con *store.Consultation, p store.Poll, group string) ([]string, error) {
	var inboxes []string
	if p.Delivered {
		var err error
		if inboxes, err = followerInboxes(tx, group, nil); err != nil {
			return nil, err
		}
	}
	for row, err := range tx.VoteHosts.List(store.Prefix(con.ID, p.Question)) {
		if err != nil {
			return nil, err
		}
		inboxes = append(inboxes, row.Value.Inbox)
	}
	return inboxes, nil
}

// fingerprint is equal while a reader sees the same counts and state.
func fingerprint(o activitypub.Object) string {
	var b strings.Builder
	b.WriteString(o.Closed.Format(time.RFC3339))
	if !o.Updated.IsZero() {
		b.WriteString(" " + o.Updated.Format(time.RFC3339Nano))
	}
	for _, opt := range append(o.OneOf, o.AnyOf...) {
		if opt.Replies != nil {
			fmt.Fprintf(&b, " %d", *opt.Replies.TotalItems)
		}
	}
	return b.String()
}
