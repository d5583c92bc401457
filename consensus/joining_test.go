// SPDX-License-Identifier: EUPL-1.2

package consensus_test

import (
	"errors"
	"slices"
	"testing"

	"polder/consensus"
)

var then = day("2026-03-01T00:00:00Z")

func TestJoiningTable(t *testing.T) {
	states := []consensus.JoiningState{"", "received", "adopted", "declined", "running", "reported", "included", "queried"}
	table := map[consensus.JoiningState]map[consensus.JoiningEventKind]consensus.JoiningState{
		"":         {"invite": "received"},
		"received": {"adopt": "adopted", "decline": "declined"},
		"adopted":  {"start": "running"},
		"running":  {"report": "reported"},
		"reported": {"report": "reported", "acknowledge": "included", "refuse": "queried"},
		"included": {"report": "reported", "acknowledge": "included", "refuse": "queried"},
		"queried":  {"report": "reported", "acknowledge": "included", "refuse": "queried"},
	}
	for _, state := range states {
		for _, kind := range []consensus.JoiningEventKind{"invite", "adopt", "decline", "start", "report", "acknowledge", "refuse"} {
			j := consensus.Joining{ConsultationDigest: "sha256:aa", State: state}
			by := consensus.Clock()
			if kind == consensus.JoiningAdopt || kind == consensus.JoiningDecline {
				by = owner
			}
			got, _, err := j.Next(consensus.JoiningEvent{Kind: kind, Digest: "sha256:aa"}, by, then)
			want, ok := table[state][kind]
			if ok != (err == nil) || ok && got.State != want || !ok && !errors.Is(err, consensus.ErrConflict) {
				t.Errorf("%s in %q: %s, %v", kind, state, got.State, err)
			}
			if _, _, err := j.Next(consensus.JoiningEvent{Kind: kind, Digest: "sha256:aa"}, resident, then); err == nil {
				t.Errorf("a resident may %s in %q", kind, state)
			}
		}
	}
}

func TestJoiningAdoptsTheSameDigestOnly(t *testing.T) {
	j := consensus.Joining{ConsultationDigest: "sha256:aa", State: consensus.JoiningReceived}
	for _, digest := range []string{"sha256:bb", ""} {
		if _, _, err := j.Next(consensus.JoiningEvent{Kind: consensus.JoiningAdopt, Digest: digest}, owner, then); !slices.Equal(causes(t, err), []string{"digest-differs"}) {
			t.Errorf("digest %q: %v", digest, err)
		}
	}
	got, send, err := j.Next(consensus.JoiningEvent{Kind: consensus.JoiningAdopt, Digest: "sha256:aa"}, owner, then)
	if err != nil || send != consensus.JoiningSendAccept || got.DecidedBy != "owner" || !got.Since.Equal(then) || j.State != consensus.JoiningReceived {
		t.Errorf("%+v, %s, %v", got, send, err)
	}
	got, send, err = j.Next(consensus.JoiningEvent{Kind: consensus.JoiningDecline}, owner, then)
	if err != nil || send != consensus.JoiningSendReject || got.Reason != "" {
		t.Errorf("%+v, %s, %v", got, send, err)
	}
	queried := consensus.Joining{State: consensus.JoiningReported}
	if got, _, _ := queried.Next(consensus.JoiningEvent{Kind: consensus.JoiningRefuse, Code: "F203"}, consensus.Clock(), then); got.Code != "F203" {
		t.Errorf("the code is lost: %+v", got)
	}
}

func TestMembershipTable(t *testing.T) {
	states := []consensus.MembershipState{"", "invited", "requested", "accepted", "active", "suspended", "left", "expelled", "succeeded", "refused"}
	table := map[consensus.MembershipState]map[consensus.MembershipEventKind]consensus.MembershipState{
		"":          {"invite": "invited", "ask": "requested"},
		"invited":   {"accept": "accepted", "refuse": "refused", "expire": "refused"},
		"requested": {"accept": "accepted", "refuse": "refused", "expire": "refused"},
		"accepted":  {"activate": "active"},
		"active":    {"suspend": "suspended", "leave": "left", "expel": "expelled", "succeed": "succeeded"},
		"suspended": {"resume": "active", "leave": "left", "expel": "expelled"},
	}
	for _, state := range states {
		for _, kind := range []consensus.MembershipEventKind{"invite", "ask", "accept", "activate", "suspend", "resume", "leave", "expel", "succeed", "refuse", "expire"} {
			m := consensus.Membership{State: state, Since: then.AddDate(0, 0, -60)}
			e := consensus.MembershipEvent{Kind: kind, Reason: "reden", SecondFactor: true, Fingerprints: true, KeysPinned: true, Reciprocal: true, Successor: "GM9999", BothSigned: true}
			got, _, err := m.Next(e, owner, then)
			want, ok := table[state][kind]
			if ok != (err == nil) || ok && got.State != want || !ok && !errors.Is(err, consensus.ErrConflict) {
				t.Errorf("%s in %q: %s, %v", kind, state, got.State, err)
			}
			if ok && got.Ended() != (got.Until.Equal(then)) {
				t.Errorf("%s in %q: ended %v, until %v", kind, state, got.Ended(), got.Until)
			}
			if _, _, err := m.Next(e, lead, then); err == nil {
				t.Errorf("a project lead may %s in %q", kind, state)
			}
		}
	}
}

func TestMembershipGuards(t *testing.T) {
	for name, test := range map[string]struct {
		state consensus.MembershipState
		event consensus.MembershipEvent
		want  []string
	}{
		"accept":   {"invited", consensus.MembershipEvent{Kind: "accept"}, []string{"second-factor", "fingerprints"}},
		"activate": {"accepted", consensus.MembershipEvent{Kind: "activate"}, []string{"keys-not-pinned", "not-reciprocal"}},
		"suspend":  {"active", consensus.MembershipEvent{Kind: "suspend"}, []string{"reason-missing"}},
		"resume":   {"suspended", consensus.MembershipEvent{Kind: "resume"}, []string{"reason-missing"}},
		"expel":    {"active", consensus.MembershipEvent{Kind: "expel", Reason: " "}, []string{"reason-missing"}},
		"succeed":  {"active", consensus.MembershipEvent{Kind: "succeed"}, []string{"successor-missing", "not-signed-twice"}},
		"expire":   {"requested", consensus.MembershipEvent{Kind: "expire"}, []string{"too-early"}},
	} {
		m := consensus.Membership{State: test.state, Since: then.AddDate(0, 0, -59)}
		_, _, err := m.Next(test.event, owner, then)
		if got := causes(t, err); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestMembershipMessages(t *testing.T) {
	m := consensus.Membership{State: consensus.MembershipActive}
	leave := consensus.MembershipEvent{Kind: consensus.MembershipLeave}
	if _, send, err := m.Next(leave, admin, then); err != nil || send != consensus.MembershipSendLeave {
		t.Errorf("leaving sends %q, %v", send, err)
	}
	if _, send, err := m.Next(leave, consensus.Clock(), then); err != nil || send != consensus.MembershipSendNothing {
		t.Errorf("a message that arrived sends %q, %v", send, err)
	}
	invited := consensus.Membership{State: consensus.MembershipInvited}
	if got, _, err := invited.Next(consensus.MembershipEvent{Kind: consensus.MembershipAccept}, consensus.Clock(), then); err != nil || got.State != consensus.MembershipAccepted {
		t.Errorf("an Accept that arrived: %s, %v", got.State, err)
	}
	got, _, _ := consensus.Membership{State: consensus.MembershipActive}.Next(consensus.MembershipEvent{Kind: consensus.MembershipSucceed, Successor: "GM9999", BothSigned: true}, owner, then)
	if got.Successor != "GM9999" {
		t.Errorf("successor %q", got.Successor)
	}
}
