// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"fmt"
	"slices"
)

// Role is a role of product.md 8. An account may hold several.
type Role string

// The roles. RoleClock is no account: it is the scheduler of the instance,
// which fires the events of the tables whose "who" is the clock or a message.
const (
	RoleResident      Role = "resident"
	RoleModerator     Role = "moderator"
	RoleEditor        Role = "editor"
	RoleProjectLead   Role = "projectLead"
	RoleProcessOwner  Role = "processOwner"
	RoleDecisionMaker Role = "decisionMaker"
	RoleHelpdesk      Role = "helpdesk"
	RoleAdmin         Role = "admin"
	RoleAuditor       Role = "auditor"
	RoleClock         Role = "clock"
)

// AllRoles lists the roles an account can hold, in the order of product.md 8.
var AllRoles = []Role{RoleResident, RoleModerator, RoleEditor, RoleProjectLead, RoleProcessOwner, RoleDecisionMaker, RoleHelpdesk, RoleAdmin, RoleAuditor}

// Valid reports whether r is a role an account can hold.
func (r Role) Valid() bool { return slices.Contains(AllRoles, r) }

// Staff reports whether r needs a second factor.
func (r Role) Staff() bool { return r.Valid() && r != RoleResident }

// Roles is a set of roles, sorted and without repetition when made by NewRoles.
type Roles []Role

// NewRoles makes a set.
func NewRoles(roles ...Role) Roles {
	set := slices.Clone(roles)
	slices.Sort(set)
	return Roles(slices.Compact(set))
}

// ParseRoles makes a set of role names.
func ParseRoles(names []string) (Roles, error) {
	var set []Role
	for _, n := range names {
		if !Role(n).Valid() {
			return nil, fmt.Errorf("unknown role %q", n)
		}
		set = append(set, Role(n))
	}
	return NewRoles(set...), nil
}

// CommandLineRoles are the roles that `polder account create -role name` gives:
// editor also gives project lead, and admin also process owner, because small
// offices have no more people than that (product.md 8).
func CommandLineRoles(name string) (Roles, error) {
	switch Role(name) {
	case RoleEditor:
		return NewRoles(RoleEditor, RoleProjectLead), nil
	case RoleAdmin:
		return NewRoles(RoleAdmin, RoleProcessOwner), nil
	}
	return ParseRoles([]string{name})
}

// Has reports whether one of the wanted roles is in the set.
func (rs Roles) Has(wanted ...Role) bool {
	return slices.ContainsFunc(wanted, func(r Role) bool { return slices.Contains(rs, r) })
}

// With gives the set with r in it.
func (rs Roles) With(r Role) Roles { return NewRoles(append(slices.Clone(rs), r)...) }

// Without gives the set without r.
func (rs Roles) Without(r Role) Roles {
	return slices.DeleteFunc(slices.Clone(rs), func(x Role) bool { return x == r })
}

// Staff reports whether any role of the set needs a second factor.
func (rs Roles) Staff() bool { return slices.ContainsFunc(rs, Role.Staff) }

// Actor is who fires an event: an account with its roles, or the clock.
type Actor struct {
	ID    string
	Roles Roles
}

// Clock is the actor of the events that time or an incoming message causes.
func Clock() Actor { return Actor{ID: "clock", Roles: Roles{RoleClock}} }

// Action is a line of the table of product.md 8.
type Action string

// The actions. Those that belong to the state machine of a consultation are
// decided by its table (transitions.go), which agrees with these.
const (
	ActContribute     Action = "contribute"     // contribute, vote, flag, appeal
	ActModerate       Action = "moderate"       // approve, hide, merge
	ActDecideAppeal   Action = "decideAppeal"   // not the first decider
	ActEditPages      Action = "editPages"      // pages, events, publications
	ActDraft          Action = "draft"          // create, submit consultation
	ActSteer          Action = "steer"          // approve, extend, suspend
	ActDraftAnswer    Action = "draftAnswer"    // write an answer
	ActPublishAnswer  Action = "publishAnswer"  //
	ActDraftDecision  Action = "draftDecision"  // decision, commitments
	ActRecordDecision Action = "recordDecision" //
	ActEnterBatch     Action = "enterBatch"     // offline batch
	ActApproveBatch   Action = "approveBatch"   // not an enterer
	ActDraftNetwork   Action = "draftNetwork"   // deals, joining, membership
	ActDecideNetwork  Action = "decideNetwork"  //
	ActNetworkKeys    Action = "networkKeys"    // pin keys of members
	ActTickets        Action = "tickets"        // everyone: own ones
	ActAccounts       Action = "accounts"       // accounts, keys, allow and block, backup
	ActReadAudit      Action = "readAudit"      //
	ActArchive        Action = "archive"        // archive package
)

var allowed = map[Action][]Role{
	ActContribute:     {RoleResident},
	ActModerate:       {RoleModerator, RoleProjectLead},
	ActDecideAppeal:   {RoleModerator, RoleProcessOwner},
	ActEditPages:      {RoleEditor, RoleProjectLead, RoleProcessOwner, RoleHelpdesk},
	ActDraft:          {RoleProjectLead, RoleProcessOwner},
	ActSteer:          {RoleProcessOwner},
	ActDraftAnswer:    {RoleEditor, RoleProjectLead, RoleProcessOwner, RoleDecisionMaker},
	ActPublishAnswer:  {RoleProcessOwner, RoleDecisionMaker},
	ActDraftDecision:  {RoleProjectLead, RoleDecisionMaker},
	ActRecordDecision: {RoleDecisionMaker},
	ActEnterBatch:     {RoleEditor, RoleProjectLead},
	ActApproveBatch:   {RoleProcessOwner},
	ActDraftNetwork:   {RoleProjectLead, RoleProcessOwner},
	ActDecideNetwork:  {RoleProcessOwner},
	ActNetworkKeys:    {RoleAdmin},
	ActTickets:        {RoleHelpdesk},
	ActAccounts:       {RoleAdmin},
	ActReadAudit:      {RoleAdmin, RoleAuditor},
	ActArchive:        {RoleAuditor},
}

// May reports whether the table of product.md 8 allows the action to one of
// the roles. Conditions on persons (another moderator, not the author) are
// checked where the action is done.
func (rs Roles) May(a Action) bool { return rs.Has(allowed[a]...) }
