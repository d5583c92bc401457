// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
)

// What another instance is to us, in instance.Membership.Other.
const (
	otherParent = "parent"
	otherMember = "member"
)

// memberID names a membership in addresses and ids.
func memberID(m instance.Membership) string { return shortID(m.Actor) }

// shortID stands for the id of something elsewhere, which is an address and
// would not fit in one of ours.
func shortID(id string) string {
	sum := sha256.Sum256([]byte(id))
	return "m" + hex.EncodeToString(sum[:8])
}

// siteOf is the address of the site behind an instance actor.
func siteOf(actor string) string { return strings.TrimSuffix(actor, "/actor") + "/" }

// memberSteps are the actions that the state of a membership and the roles of a
// person allow (spec: product.md 4.7). A key is pinned by an administrator; the
// decision is a process owner's or an administrator's.
func memberSteps(svc *instance.Service, m instance.Membership, roles consensus.Roles) (out []string) {
	decide := roles.Has(consensus.RoleProcessOwner, consensus.RoleAdmin)
	keys := roles.May(consensus.ActNetworkKeys)
	ours := svc.Owns(m.Activity)
	end := map[string]string{otherParent: "leave", otherMember: "expel"}[m.Other]
	switch m.State {
	case consensus.MembershipInvited, consensus.MembershipRequested:
		if !ours && decide && (m.Pinned || keys) {
			out = append(out, "accept")
		}
		if !ours && decide {
			out = append(out, "decline")
		}
		if ours && !m.Pinned && keys {
			out = append(out, "pin")
		}
	case consensus.MembershipAccepted:
		if !m.Pinned && keys {
			out = append(out, "pin")
		}
	case consensus.MembershipActive:
		if decide {
			out = append(out, "suspend", end)
		}
	case consensus.MembershipSuspended:
		if decide {
			out = append(out, "resume", end)
		}
	}
	return out
}

// members is GET /staff/members. A form that had to wait for the second factor
// comes back with what was typed.
func (s *Staff) members(c echo.Context) error {
	q := carried(c)
	return s.drawMembers(c, http.StatusOK, q.Get("for"), q.Get("action"), Form{Values: q})
}

func (s *Staff) drawMembers(c echo.Context, status int, of, action string, f Form) error {
	svc := s.Pages.Service
	list, err := svc.Memberships(c.Request().Context())
	if err != nil {
		return err
	}
	roles := s.actor(c).Roles
	v := MembersView{Parent: s.Pages.Site.umbrella(), For: of, Action: action, Form: f}
	if v.Self, err = ownKeys(svc); err != nil {
		return err
	}
	if parent := svc.Options().Parent; parent != "" && !slices.ContainsFunc(list, func(m instance.Membership) bool {
		return m.Other == otherParent && !m.Ended()
	}) {
		v.Ask = parent
	}
	contact, err := s.contacts(c)
	if err != nil {
		return err
	}
	for _, m := range list {
		item, err := memberItem(svc, m, roles)
		if err != nil {
			return err
		}
		if link := contact[m.Actor]; link != "" {
			item.Link = link
		}
		v.Members = append(v.Members, item)
	}
	return s.show(c, status, "/staff/members", v)
}

func memberItem(svc *instance.Service, m instance.Membership, roles consensus.Roles) (MemberItem, error) {
	item := MemberItem{ID: memberID(m), Role: m.Other, Since: m.Since, Reason: Text{Text: m.Reason}, Actions: memberSteps(svc, m, roles),
		Peer: Peer{Area: m.Area, Name: m.Name, URL: m.Base + "/", Membership: string(m.State), Link: "off"}}
	if m.Pinned || !item.Can("accept") && !item.Can("pin") {
		return item, nil
	}
	groups, err := instance.FingerprintGroups(m.TallyKey)
	if err != nil {
		return item, err
	}
	for _, place := range instance.BlankBlocks(m.TallyKey) {
		groups[place] = ""
	}
	item.Ceremony = groups
	return item, nil
}

// contacts says how well the members and the parent answer, by actor.
func (s *Staff) contacts(c echo.Context) (map[string]string, error) {
	n, err := s.Pages.views.Neighbourhood(c.Request().Context())
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, m := range n.Members {
		out[m.Actor] = peerOf(m).Link
	}
	if n.Parent != nil {
		out[n.Parent.Actor] = peerOf(*n.Parent).Link
	}
	return out, nil
}

func ownKeys(svc *instance.Service) ([]Fingerprint, error) {
	groups, err := instance.FingerprintGroups(svc.Options().Keys.TallyMultikey())
	if err != nil {
		return nil, err
	}
	return []Fingerprint{{Role: "tally", Key: strings.Join(groups, " ")}}, nil
}

// invite is POST /staff/members: ask another instance to become our member.
func (s *Staff) invite(c echo.Context) error {
	return s.propose(c, func(by consensus.Actor) error {
		address := strings.TrimSpace(c.Request().PostForm.Get("url"))
		if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return &instance.Error{Code: instance.CodeInvalid, Public: "error.url"}
		}
		_, err := s.Pages.Service.InviteMember(c.Request().Context(), by, address)
		return err
	})
}

// ask is POST /staff/members/ask: ask the configured parent to take us.
func (s *Staff) ask(c echo.Context) error {
	return s.propose(c, func(by consensus.Actor) error {
		parent := s.Pages.Service.Options().Parent
		if parent == "" {
			return echo.ErrNotFound
		}
		_, err := s.Pages.Service.AskMembership(c.Request().Context(), by, parent)
		return err
	})
}

func (s *Staff) propose(c echo.Context, do func(consensus.Actor) error) error {
	if err := staffForm(c); err != nil {
		return err
	}
	by := s.actor(c)
	if !by.Roles.Has(consensus.RoleProcessOwner, consensus.RoleAdmin) {
		return forbidden() // before anybody is asked over the network
	}
	posted := c.Request().PostForm
	if stale, err := s.stale(c, "/staff/members", posted); stale || err != nil {
		return err
	}
	if err := do(by); err != nil {
		return s.refusedMember(c, "", "", posted, err)
	}
	return s.done(c, "/staff/members", "invited", 0)
}

// member is POST /staff/members/{id}/{action}.
func (s *Staff) member(c echo.Context) error {
	if err := staffForm(c); err != nil {
		return err
	}
	ctx, posted := c.Request().Context(), c.Request().PostForm
	m, err := s.membership(c)
	if err != nil {
		return err
	}
	action := c.Param("action")
	typed := url.Values{"for": {memberID(m)}, "action": {action}}
	for name, list := range posted {
		typed[name] = list
	}
	if stale, err := s.stale(c, "/staff/members", typed); stale || err != nil {
		return err
	}
	svc, by, reason, word := s.Pages.Service, s.actor(c), strings.TrimSpace(posted.Get("reason")), "member"
	switch action {
	case "pin":
		word = "pinned"
		err = svc.PinKey(ctx, by, m.Actor, blocksIn(posted))
	case "accept":
		if !m.Pinned {
			err = svc.PinKey(ctx, by, m.Actor, blocksIn(posted))
		}
		if err == nil {
			err = svc.AnswerMembership(ctx, by, m.Actor, true, "")
		}
	case "decline":
		err = svc.AnswerMembership(ctx, by, m.Actor, false, reason)
	case "suspend", "resume":
		err = svc.PauseMembership(ctx, by, m.Actor, action == "suspend", reason)
	case "leave", "expel":
		err = svc.EndMembership(ctx, by, m.Actor, reason)
	default:
		return echo.ErrNotFound
	}
	if err != nil {
		return s.refusedMember(c, memberID(m), action, posted, err)
	}
	return s.done(c, "/staff/members", word, 0)
}

func blocksIn(posted url.Values) [2]string {
	return [2]string{posted.Get("block1"), posted.Get("block2")}
}

// membership is the one in the address.
func (s *Staff) membership(c echo.Context) (instance.Membership, error) {
	list, err := s.Pages.Service.Memberships(c.Request().Context())
	if err != nil {
		return instance.Membership{}, err
	}
	i := slices.IndexFunc(list, func(m instance.Membership) bool { return memberID(m) == c.Param("id") })
	if i < 0 {
		return instance.Membership{}, echo.ErrNotFound
	}
	return list[i], nil
}

func (s *Staff) refusedMember(c echo.Context, of, action string, typed url.Values, err error) error {
	status, problems, ok := s.refusal(c, err, func(name string) string {
		switch name {
		case "error.fingerprint", "error.pin-first", "keys":
			return "block1"
		case "reason", "error.reason-needed":
			return "reason"
		case "error.url", "error.instance-unreachable", "error.instance-other":
			if of == "" && action == "" && typed.Has("url") {
				return "url"
			}
		}
		return ""
	})
	if !ok {
		return err
	}
	if action == "accept" || action == "pin" {
		action = ""
	}
	return s.drawMembers(c, status, of, action, Form{Values: typed, Problems: problems})
}
