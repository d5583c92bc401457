// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"polder/activitypub/proof"
	"polder/consensus"
	"polder/consensus/eligibility"
)

// The network the tests play in: convener Groningen (PV20) and its places.
const (
	groningen    = "https://groningen.example"
	consultation = groningen + "/consultations/water"
)

func day(month time.Month, d int) time.Time { return time.Date(2026, month, d, 12, 0, 0, 0, time.UTC) }

var (
	opened    = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	closed    = time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)
	tallyBy   = day(11, 30)
	objection = day(12, 14)
)

func key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("polder test key " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func multikey(name string) string {
	return proof.EncodeKey(key(name).Public().(ed25519.PublicKey))
}

// place is one municipality of the tests.
type place struct {
	area string
	base string // https://host
}

func (p place) actor() string        { return p.base + "/actor" }
func (p place) consultation() string { return p.base + "/consultations/water" }

func places(n int) []place {
	out := make([]place, n)
	for i := range out {
		out[i] = place{fmt.Sprintf("GM%04d", i+1), fmt.Sprintf("https://gm%04d.example", i+1)}
	}
	return out
}

type tb interface {
	Helper()
	Fatalf(format string, args ...any)
}

func simpleDefinition(results string, questions int) *consensus.Definition {
	def := &consensus.Definition{V: 1, Root: consultation, RollDate: "2026-11-01", AreaScheme: "CBS-2023", MinAge: 16,
		Levels:   []eligibility.Level{"open", "fediverse", "email", "code", "paper"},
		Official: []eligibility.Level{"code", "paper"}, K: 10, Results: results, Openings: "auditors"}
	for i := range questions {
		q := consensus.DefinitionQuestion{ID: fmt.Sprintf("q%d", i+1), Kind: "single", Max: 1}
		for _, o := range []string{"agree", "disagree", "pass"} {
			q.Options = append(q.Options, consensus.DefinitionOption{ID: o, Text: map[string]string{"nl": o}})
		}
		def.Questions = append(def.Questions, q)
	}
	return def
}

func defDigest(t tb, def *consensus.Definition) string {
	t.Helper()
	_, digest, err := def.Encode()
	if err != nil {
		t.Fatalf("encode definition: %v", err)
	}
	return digest
}

func member(p place) Member {
	return Member{Area: p.area, Role: RoleLeaf, Actor: p.actor(), Status: MemberActive, Count: CountLatest, Epoch: 1,
		Parent: groningen + "/actor", Keys: MemberKeys{Tally: []string{multikey(p.area)}}, Eligible: 1000, Since: day(10, 1)}
}

func rosterHeader(t tb, def *consensus.Definition) RosterHeader {
	return RosterHeader{AttributedTo: groningen + "/actor", Context: consultation, Revision: day(10, 1).UnixMilli(),
		ConsultationDigest: defDigest(t, def), RollDate: def.RollDate, AreaScheme: def.AreaScheme, WitnessQuorum: 2,
		Quorum: Quorum{2, 700}, Deadlines: Deadlines{closed, tallyBy, objection}}
}

func roster(t tb, h RosterHeader, members ...Member) *Roster {
	t.Helper()
	raw, err := NewRoster(h, members)
	if err != nil {
		t.Fatalf("%v", err)
	}
	r, err := ParseRoster(sign(t, raw, groningen+"/actor", "PV20"))
	if err != nil {
		t.Fatalf("%v", err)
	}
	r.Key = multikey("PV20")
	return r
}

func sign(t tb, raw []byte, actor, keyName string) []byte {
	t.Helper()
	signed, err := proof.Sign(raw, key(keyName), actor+"#tally-1", day(11, 24))
	if err != nil {
		t.Fatalf("sign: %v", err)
	}
	return signed
}

func header(t tb, p place, def *consensus.Definition, status string, revision int64) Header {
	return Header{AttributedTo: p.actor(), CC: []string{groningen + "/actor"}, Context: consultation, Consultation: p.consultation(),
		ConsultationDigest: defDigest(t, def), Area: p.area, AreaScheme: def.AreaScheme, Epoch: 1, Revision: revision, Status: status,
		Start: opened, End: closed, Published: day(11, 24), Software: "polder/test", Convener: groningen + "/actor",
		Nonce: [16]byte(bytes.Repeat([]byte{7}, 16))}
}

// publish writes, parses and attributes a tally and its sealed companion (nil if
// there is none).
func publish(t tb, h Header, c *Counts, def *consensus.Definition) (direct, sealed *Doc) {
	t.Helper()
	rawDirect, rawSealed, err := NewDirect(h, c, def)
	if err != nil {
		t.Fatalf("%v", err)
	}
	direct = parsed(t, rawDirect, h.Area)
	if rawSealed != nil {
		sealed = parsed(t, rawSealed, h.Area)
	}
	return direct, sealed
}

// parsed reads an unsigned document and takes it as signed by the area's key.
func parsed(t tb, raw []byte, keyName string) *Doc {
	t.Helper()
	d, err := Parse(raw)
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	d.Key = multikey(keyName)
	return d
}

// cast adds n ballots for one option at a level; option "" is blank.
func cast(t tb, c *Counts, question, level, option string, n int) {
	t.Helper()
	v := consensus.Ballot{Question: question, Level: eligibility.Level(level)}
	if option != "" {
		v.Options = []string{option}
	}
	for range n {
		if err := c.Add(v); err != nil {
			t.Fatalf("%v", err)
		}
	}
}

func fullCounts(t *testing.T, def *consensus.Definition) *Counts {
	t.Helper()
	c := NewCounts(def)
	c.Eligible["code"], c.Issued["code"], c.Issued["paper"] = 1000, 1000, 100
	return c
}
