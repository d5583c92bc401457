// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"strings"

	"polder/activitypub"
	"polder/instance/store"
)

// baseOf is the address of the site behind an instance actor.
func baseOf(actor string) string { return strings.TrimSuffix(actor, "/actor") }

// actorName is the name of another instance as far as it is known here, else
// its host. It asks nobody.
func (v *Views) actorName(tx *store.Tx, actor string) string {
	if m, err := tx.Memberships.Get(actor); err == nil && m.Name != "" {
		return m.Name
	}
	if a, err := knownActor(tx, actor); err == nil && a.Name != "" {
		return memberName(a)
	}
	return hostOf(actor)
}

// knownActor is a remote actor as last fetched.
func knownActor(tx *store.Tx, id string) (*activitypub.RemoteActor, error) {
	rec, err := tx.Actors.Get(store.HashPart(id))
	if err != nil {
		return nil, err
	}
	doc, err := activitypub.Parse(rec.Raw)
	if err != nil {
		return nil, err
	}
	return activitypub.ParseActor(doc)
}

// areaName is the name of a place in the list of areas, else its code.
func (v *Views) areaName(code string) string {
	if a, err := v.s.opt.Areas.Get(code); err == nil {
		return a.Name
	}
	return code
}

// provinceOf is the name of the province of a municipality, "" if unknown.
func (v *Views) provinceOf(code string) string {
	a, err := v.s.opt.Areas.Get(code)
	if err != nil {
		return ""
	}
	if p, err := v.s.opt.Areas.Get(a.Parent); err == nil {
		return p.Name
	}
	return ""
}
