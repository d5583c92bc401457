// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"fmt"
	"time"

	"polder/consensus"
	"polder/consensus/tally"
	"polder/instance/store"
)

// Neighbourhood is the network around this instance as it is known here; to
// read it, nobody is asked.
type Neighbourhood struct {
	Self    Neighbour
	Parent  *Neighbour // nil without one
	Nation  *Neighbour // the parent's parent, nil without one
	Members []Neighbour
}

// Neighbour is another instance and how the contact with it goes.
type Neighbour struct {
	Actor, Area, Name, Base string
	State                   consensus.MembershipState // "" without a membership of our own
	Contact                 string                    // ok, late or down
	LastContact             time.Time
	NewestTally             time.Time // received from it
	Delivered               int64     // messages to its host
	Accepted, Rejected      int       // its answers to our signed documents
}

// The words of Neighbour.Contact.
const (
	ContactOK   = "ok"
	ContactLate = "late" // the last message did not arrive
	ContactDown = "down" // nothing has arrived for an hour
)

// Neighbourhood reads the members, the parent and the nation.
func (v *Views) Neighbourhood(ctx context.Context) (*Neighbourhood, error) {
	n := &Neighbourhood{Self: Neighbour{Actor: v.s.Actor(), Area: v.s.opt.Area, Name: v.s.opt.Name, Base: v.s.Base,
		State: consensus.MembershipActive, Contact: ContactOK}}
	err := v.s.store.View(ctx, func(tx *store.Tx) error {
		for row, err := range tx.Memberships.List("") {
			if err != nil {
				return err
			}
			m := row.Value
			if !tied(m.State) {
				continue
			}
			one := v.neighbour(tx, m.Actor, m.Name, m.Area, m.State)
			if m.Other == otherParent {
				n.Parent = &one
			} else {
				n.Members = append(n.Members, one)
			}
		}
		if n.Parent != nil {
			n.Nation = v.above(tx, n.Parent.Actor)
		}
		return v.fillContacts(tx, n)
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("read network: %w", err))
	}
	return n, nil
}

func (v *Views) neighbour(tx *store.Tx, actor, name, area string, state consensus.MembershipState) Neighbour {
	n := Neighbour{Actor: actor, Area: area, Name: name, Base: baseOf(actor), State: state, Contact: ContactOK}
	p, err := tx.Peers.Get(hostName(hostOf(actor)))
	if err != nil {
		return n
	}
	n.LastContact, n.Delivered = p.LastSeen, p.Delivered
	if !p.DownSince.IsZero() && p.LastFailed.After(p.LastSeen) {
		n.Contact = ContactLate
		if v.s.now().Sub(p.DownSince) > time.Hour {
			n.Contact = ContactDown
		}
	}
	return n
}

// above is the first parent that another instance names, if it is known here.
func (v *Views) above(tx *store.Tx, actor string) *Neighbour {
	a, err := knownActor(tx, actor)
	if err != nil || len(a.Polder.MemberOf) == 0 {
		return nil
	}
	id := a.Polder.MemberOf[0]
	area := ""
	if up, err := knownActor(tx, id); err == nil {
		area = up.Polder.AreaCode
	}
	one := v.neighbour(tx, id, v.actorName(tx, id), area, "")
	return &one
}

// fillContacts adds the newest tallies and the answers to ours.
func (v *Views) fillContacts(tx *store.Tx, n *Neighbourhood) error {
	all := map[string]*Neighbour{}
	for i := range n.Members {
		all[n.Members[i].Actor] = &n.Members[i]
	}
	if n.Parent != nil {
		all[n.Parent.Actor] = n.Parent
	}
	for row, err := range tx.Acks.List("") {
		if err != nil {
			return err
		}
		who := all[row.Value.Actor]
		switch {
		case who == nil:
		case row.Value.Result == "accepted":
			who.Accepted++
		default:
			who.Rejected++
		}
	}
	return v.fillTallies(tx, n.Members)
}

// newestJoint is how many joint consultations are searched for tallies.
const newestJoint = 3

func (v *Views) fillTallies(tx *store.Tx, members []Neighbour) error {
	seen := 0
	for row, err := range tx.Consultations.ListReverse("") {
		if err != nil {
			return err
		}
		if !row.Value.Hub {
			continue
		}
		if seen++; seen > newestJoint {
			return nil
		}
		for i := range members {
			if err := newestOf(tx, row.Value.Root, &members[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func newestOf(tx *store.Tx, root string, n *Neighbour) error {
	for _, kind := range []string{tally.KindDirect, tally.KindAggregate} {
		row, err := tx.Signed.First(store.Query{Index: "chain", Prefix: store.ChainPrefix(root, "Tally", kind, n.Area), Reverse: true})
		if absent(err) != nil {
			return err
		}
		if err == nil && row.Value.Received.After(n.NewestTally) {
			n.NewestTally = row.Value.Received
		}
	}
	return nil
}
