// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"polder/consensus"
	"polder/consensus/tally"
	"polder/instance/store"
)

// PublishedTally is one signed tally of this instance with what became of it
// at those it was sent to.
type PublishedTally struct {
	ID        string // address of the signed object
	Kind      string // direct or aggregate
	Status    string
	Revision  int64
	Published time.Time
	Answers   []TallyAnswer // convener first; none when nobody above adds it up
}

// TallyAnswer is what one instance said of a tally.
type TallyAnswer struct {
	Actor, Name string
	State       string // one of the words below
	Code        string // F or W code of a refusal
	Detail      string
	At          time.Time // of the answer; zero without one
}

// The words of TallyAnswer.State.
const (
	TallyWaiting   = "waiting"   // still in the queue
	TallyDelivered = "delivered" // sent, no answer yet
	TallyAccepted  = "accepted"
	TallyRejected  = "rejected"
)

// OwnTallies lists the newest tallies this instance signed in a consultation,
// the newest first, at most most of each kind.
func (v *Views) OwnTallies(ctx context.Context, con *store.Consultation, most int) ([]PublishedTally, error) {
	var list []PublishedTally
	err := v.s.store.View(ctx, func(tx *store.Tx) error {
		list = nil
		for _, kind := range []string{tally.KindAggregate, tally.KindDirect} {
			prefix := store.ChainPrefix(con.Root, "Tally", kind, v.s.opt.Area)
			for row, err := range tx.Signed.Find(store.Query{Index: "chain", Prefix: prefix, Reverse: true, Limit: most}) {
				if err != nil {
					return err
				}
				if !row.Value.Own {
					continue
				}
				one, err := v.publishedTally(tx, con, row.Value)
				if err != nil {
					return err
				}
				list = append(list, one)
			}
		}
		return nil
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("own tallies of %s: %w", con.Slug, err))
	}
	return list, nil
}

func (v *Views) publishedTally(tx *store.Tx, con *store.Consultation, rec store.Signed) (PublishedTally, error) {
	d, err := v.tally(tx, rec.Digest)
	if err != nil {
		return PublishedTally{}, err
	}
	one := PublishedTally{ID: d.ID, Kind: d.Kind, Status: d.Status, Revision: d.Revision, Published: d.Published}
	for _, actor := range []string{con.ConvenerActor, con.ParentActor} {
		if actor == "" || v.s.Owns(actor) || len(one.Answers) > 0 && one.Answers[0].Actor == actor {
			continue
		}
		answer, err := v.tallyAnswer(tx, rec, actor)
		if err != nil {
			return one, err
		}
		one.Answers = append(one.Answers, answer)
	}
	return one, nil
}

func (v *Views) tallyAnswer(tx *store.Tx, rec store.Signed, actor string) (TallyAnswer, error) {
	a := TallyAnswer{Actor: actor, Name: v.actorName(tx, actor), State: TallyDelivered}
	ack, err := tx.Acks.Get(store.FollowKey(rec.Digest, actor))
	switch {
	case errors.Is(err, store.ErrNotFound):
		waits, err := queuedFor(tx, hostOf(actor), rec.ID)
		if waits {
			a.State = TallyWaiting
		}
		return a, err
	case err != nil:
		return a, err
	case ack.Result == "accepted":
		a.State, a.At = TallyAccepted, ack.At
	default:
		a.State, a.Code, a.Detail, a.At = TallyRejected, ack.Result, ack.Detail, ack.At
	}
	return a, nil
}

// queuedFor tells whether a document waits in the queue of a host. Only the
// head of the queue is looked at: what is far behind it waits in any case.
func queuedFor(tx *store.Tx, host, id string) (bool, error) {
	for row, err := range tx.Deliveries.Find(store.Query{Limit: scanAhead}) {
		if err != nil {
			return false, err
		}
		if row.Value.Host == host && bytes.Contains(row.Value.Raw, []byte(`"`+id+`"`)) {
			return true, nil
		}
	}
	return false, nil
}

// Place is where a member stands in a joint consultation convened here.
type Place struct {
	store.Invitee
	Standing string // invited, declined, adopted, running, included or queried (spec: product.md 11)
}

// Places lists the invited members of a joint consultation with how far they
// are. What they counted is not looked at, only that they did.
func (v *Views) Places(ctx context.Context, con *store.Consultation) ([]Place, error) {
	list := make([]Place, 0, len(con.Members))
	err := v.s.store.View(ctx, func(tx *store.Tx) error {
		list = list[:0]
		for _, m := range con.Members {
			standing, err := standingOf(tx, con, m)
			if err != nil {
				return err
			}
			list = append(list, Place{m, standing})
		}
		return nil
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("places of %s: %w", con.Slug, err))
	}
	return list, nil
}

func standingOf(tx *store.Tx, con *store.Consultation, m store.Invitee) (string, error) {
	if m.State != tally.MemberActive {
		return m.State, nil
	}
	kind := tally.KindDirect
	if m.Role == tally.RoleHub {
		kind = tally.KindAggregate
	}
	row, err := tx.Signed.First(store.Query{Index: "chain", Prefix: store.ChainPrefix(con.Root, "Tally", kind, m.Area), Reverse: true})
	switch {
	case err == nil && row.Value.Fail != "":
		return string(consensus.JoiningQueried), nil
	case err == nil:
		return string(consensus.JoiningIncluded), nil
	case !errors.Is(err, store.ErrNotFound):
		return "", err
	case con.State == consensus.StateOpen || con.State == consensus.StateSuspended || con.State == consensus.StateAnswering:
		return string(consensus.JoiningRunning), nil
	}
	return string(consensus.JoiningAdopted), nil
}

// IssuedCodes is the number of letter codes imported for a consultation.
func (v *Views) IssuedCodes(ctx context.Context, con *store.Consultation) (n int64, err error) {
	err = v.s.store.View(ctx, func(tx *store.Tx) (err error) {
		n, err = issued(tx, con.ID)
		return err
	})
	if err != nil {
		return 0, AsError(fmt.Errorf("codes of %s: %w", con.Slug, err))
	}
	return n, nil
}
