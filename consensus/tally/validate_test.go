// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"slices"
	"testing"
	"time"

	"polder/consensus"
)

type edit = func(map[string]any)

func counts(d map[string]any, i int) map[string]any { return option(d, i)["n"].(map[string]any) }
func turnout(d map[string]any) map[string]any       { return d["turnout"].(map[string]any) }
func sub(m map[string]any, key string) map[string]any {
	return m[key].(map[string]any)
}

// TestValidateCodes changes one thing in the example of aggregation.md 6.3 and
// expects the code of 7.6 that names it.
func TestValidateCodes(t *testing.T) {
	for _, c := range []struct {
		name, code, path string
		change           edit
	}{
		{"other definition", CodeDefinition, "/consultationDigest", func(d map[string]any) { d["consultationDigest"] = "sha256:00" }},
		{"other consultation", CodeDefinition, "/context", func(d map[string]any) { d["context"] = groningen + "/consultations/roads" }},
		{"other area scheme", CodeDefinition, "/areaScheme", func(d map[string]any) { d["areaScheme"] = "CBS-2020" }},
		{"id on a foreign host", CodeSchema, "/id", func(d map[string]any) { d["id"] = "https://other.example/tallies/1" }},
		{"previous not older", CodeSchema, "/previous", func(d map[string]any) { sub(d, "previous")["revision"] = d["revision"] }},
		{"unknown status", CodeSchema, "/status", func(d map[string]any) { d["status"] = "ready" }},
		{"unknown reason", CodeSchema, "/reason", func(d map[string]any) { d["reason"] = "because" }},
		{"correction without reason", CodeSchema, "/reason", func(d map[string]any) { d["corrects"] = d["previous"] }},
		{"no policy", CodeSchema, "/policy", func(d map[string]any) { delete(d, "policy") }},
		{"question missing", CodeSchema, "/questions", func(d map[string]any) { d["questions"] = []any{} }},
		{"question twice", CodeSchema, "/questions/1", func(d map[string]any) { d["questions"] = repeated(2, question(d)) }},
		{"unknown question", CodeUnknown, "/questions/0", func(d map[string]any) { question(d)["id"] = "q9" }},
		{"other max", CodeSchema, "/questions/0/max", func(d map[string]any) { question(d)["max"] = 2 }},
		{"unknown option", CodeUnknown, "/questions/0/options/0", func(d map[string]any) { option(d, 0)["id"] = "opt-9" }},
		{"option missing", CodeSchema, "/questions/0/options", func(d map[string]any) { question(d)["options"] = question(d)["options"].([]any)[:1] }},
		{"unknown level", CodeUnknown, "/questions/0/groups", func(d map[string]any) { question(d)["groups"].([]any)[0] = []any{"token"} }},
		{"level twice", CodeUnknown, "/questions/0/groups", func(d map[string]any) { question(d)["groups"].([]any)[0] = []any{"code"} }},
		{"count of no group", CodeUnknown, "/questions/0/options/0/n", func(d map[string]any) { counts(d, 0)["email"] = 1 }},
		{"count missing", CodeSchema, "/questions/0/options/1/n", func(d map[string]any) { delete(counts(d, 1), "code") }},
		{"sum too low", CodeUnequal, "/questions/0", func(d map[string]any) { counts(d, 0)["code"] = 1203 }},
		{"sum too high", CodeUnequal, "/questions/0", func(d map[string]any) { counts(d, 0)["code"] = 1205 }},
		{"option above ballots", CodeOption, "/questions/0/options/0/n", func(d map[string]any) { counts(d, 0)["code"] = 2012 }},
		{"accepted above issued", CodeIssued, "/turnout", func(d map[string]any) { sub(turnout(d), "issued")["code"] = 2010 }},
		{"issued above eligible", CodeEligible, "/turnout", func(d map[string]any) { sub(turnout(d), "issued")["code"] = 25401 }},
		{"accepted not the largest", CodeAccepted, "/turnout/accepted", func(d map[string]any) { sub(turnout(d), "accepted")["code"] = 2012 }},
		{"official above the roll", CodeRoll, "/turnout", func(d map[string]any) {
			turnout(d)["eligible"], turnout(d)["issued"] = map[string]any{"code": 2041}, map[string]any{"code": 2041, "paper": 40}
		}},
		{"group below k", CodeSmall, "/turnout", func(d map[string]any) { sub(turnout(d), "accepted")["paper"] = 9 }},
		{"classes mixed", CodeSmall, "/turnout/groups", func(d map[string]any) {
			turnout(d)["groups"] = []any{[]any{"fediverse", "code"}, []any{"paper"}}
			turnout(d)["accepted"], d["sealed"] = map[string]any{"fediverse+code": 2107, "paper": 31}, d["consultationDigest"]
		}},
		{"k lowered", CodeSmall, "/policy/k", func(d map[string]any) { sub(d, "policy")["k"] = 5 }},
		{"hidden without sealed", CodeSchema, "/sealed", func(d map[string]any) {
			turnout(d)["groups"], turnout(d)["hidden"] = []any{[]any{"fediverse"}, []any{"code"}}, []any{[]any{"paper"}}
			delete(sub(turnout(d), "accepted"), "paper")
		}},
		{"far future", CodeFuture, "/revision", func(d map[string]any) { d["revision"] = objection.Add(futureBound).UnixMilli() + 1 }},
		{"too many to add up", CodeSchema, "/questions/0", func(d map[string]any) { sub(question(d), "ballots")["fediverse"] = int64(maxInt) }},
		{"turnout missing", CodeSchema, "/turnout", func(d map[string]any) { delete(d, "turnout") }},
		{"unknown level issued", CodeUnknown, "/turnout/issued", func(d map[string]any) { sub(turnout(d), "issued")["oidc"] = 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			def := exampleDefinition()
			d, err := Parse(edited(t, goldenBytes(t, "direct-GM0037.json"), c.change))
			if err != nil {
				t.Fatal(err)
			}
			d.Key = multikey("GM0037")
			fails, _ := d.Validate(def, exampleRoster(t, def))
			if !slices.ContainsFunc(fails, func(p Problem) bool { return p.Code == c.code && p.Path == c.path && p.Detail != "" }) {
				t.Errorf("got %v, want %s at %s", fails, c.code, c.path)
			}
			if Value("GM0037", []*Doc{d}, exampleRoster(t, def), def).Doc != nil && c.code != CodeDefinition {
				t.Error("the tally counts nevertheless")
			}
		})
	}
}

// TestApprovalCodes: with several choices F202 takes the place of F201.
func TestApprovalCodes(t *testing.T) {
	def := exampleDefinition()
	def.Questions[0].Kind, def.Questions[0].Max = consensus.KindApproval, 2
	r := exampleRoster(t, def)
	c := exampleCounts(t, def, stadskanaal)
	c.Questions[0].Levels["code"].Options["opt-1"] = 2000
	d, _ := publish(t, exampleHeader(t, stadskanaal, def), c, def)
	if fails, _ := d.Validate(def, r); len(fails) > 0 {
		t.Fatalf("2000 and 790 of 2011 ballots with two choices: %v", fails)
	}
	def.Questions[0].Max = 1
	def.Questions[0].Kind = consensus.KindApproval
	c.Questions[0].Levels["code"].Blank = 0
	three := []consensus.DefinitionOption{{ID: "opt-1"}, {ID: "opt-2"}, {ID: "opt-3"}}
	def.Questions[0].Options, def.Questions[0].Max = three, 2
	c.Questions[0].Levels["code"].Options = map[string]int64{"opt-1": 2000, "opt-2": 2000, "opt-3": 500}
	r = exampleRoster(t, def)
	d, _ = publish(t, exampleHeader(t, stadskanaal, def), c, def)
	fails, _ := d.Validate(def, r)
	if len(fails) != 1 || fails[0].Code != CodeTooMany {
		t.Errorf("4500 choices in 2011 ballots of at most 2: %v", fails)
	}
}

func TestScoreQuestion(t *testing.T) {
	def := exampleDefinition()
	def.Questions[0].Kind, def.Questions[0].Max = consensus.KindScore, 2
	r := exampleRoster(t, def)
	c := NewCounts(def)
	c.Eligible["code"], c.Issued["code"] = 100, 100
	for i := range 30 {
		b := consensus.Ballot{Question: "q1", Level: "code", Options: []string{"opt-1", "opt-2"}, Points: []int{i % 6, 5 - i%6}}
		if err := c.Add(b); err != nil {
			t.Fatal(err)
		}
	}
	h := header(t, stadskanaal, def, StatusFinal, 1795510800123)
	d, _ := publish(t, h, c, def)
	if fails, _ := d.Validate(def, r); len(fails) > 0 {
		t.Fatal(fails)
	}
	res := Total([]*Doc{d}, nil, r, def, "")
	if got := res.Questions[0].Options[0].Scores["code"]; got != [6]int64{5, 5, 5, 5, 5, 5} {
		t.Errorf("six counters: %v", got)
	}
	broken, err := Parse(edited(t, d.Raw, func(m map[string]any) { counts(m, 0)["code"] = []any{5, 5, 5, 5, 5, 6} }))
	if err != nil {
		t.Fatal(err)
	}
	broken.Key = d.Key
	if fails, _ := broken.Validate(def, r); len(fails) == 0 || fails[0].Code != CodeOption {
		t.Errorf("31 scores in 30 ballots: %v", fails)
	}
	if err := c.Add(consensus.Ballot{Question: "q1", Level: "code", Options: []string{"opt-1"}, Points: []int{6}}); err == nil {
		t.Error("6 points were counted")
	}
}

// TestSigner: P11, only pinned keys of listed members count.
func TestSigner(t *testing.T) {
	def := exampleDefinition()
	good := func() *Doc { return parsed(t, goldenBytes(t, "direct-GM0037.json"), "GM0037") }
	for _, c := range []struct {
		name   string
		change func(d *Doc, m *Member)
		ok     bool
	}{
		{"pinned", func(*Doc, *Member) {}, true},
		{"no proof", func(d *Doc, _ *Member) { d.Key = "" }, false},
		{"other member's key", func(d *Doc, _ *Member) { d.Key = multikey("GM1952") }, false},
		{"other actor", func(_ *Doc, m *Member) { m.Actor = oldambt.actor() }, false},
		{"other epoch", func(_ *Doc, m *Member) { m.Epoch = 2 }, false},
		{"hub", func(_ *Doc, m *Member) { m.Role = RoleHub }, false},
		{"key retired later", func(d *Doc, m *Member) {
			m.Keys = MemberKeys{Tally: []string{multikey("new")}, Retired: []RetiredKey{{d.Key, d.Revision}}}
		}, true},
		{"key retired before", func(d *Doc, m *Member) {
			m.Keys = MemberKeys{Tally: []string{multikey("new")}, Retired: []RetiredKey{{d.Key, d.Revision - 1}}}
		}, false},
		{"key distrusted", func(d *Doc, m *Member) { m.Distrust = []Distrust{{d.Key, nil}} }, false},
		{"key distrusted, tally kept", func(d *Doc, m *Member) { m.Distrust = []Distrust{{d.Key, []string{d.Digest}}} }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := exampleRoster(t, def)
			d := good()
			m, _ := r.Member("GM0037")
			c.change(d, m)
			fails, _ := d.Validate(def, r)
			if got := len(fails) == 0; got != c.ok {
				t.Errorf("Validate: %v", fails)
			}
			if !c.ok && !slices.ContainsFunc(fails, func(p Problem) bool { return p.Code == CodeSigner }) {
				t.Errorf("got %v, want F104", fails)
			}
			if got := Value("GM0037", []*Doc{d}, r, def).Doc != nil; got != c.ok {
				t.Errorf("counted: %v, want %v", got, c.ok)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	def := exampleDefinition()
	r := exampleRoster(t, def)
	has := func(warns []Problem, code string) bool {
		return slices.ContainsFunc(warns, func(p Problem) bool { return p.Code == code })
	}
	c := NewCounts(def)
	c.Eligible["code"], c.Issued["code"] = 25400, 25400
	cast(t, c, "q1", "code", "opt-1", 450)
	cast(t, c, "q1", "code", "", 15)
	cast(t, c, "q1", "fediverse", "opt-2", 20)
	h := exampleHeader(t, stadskanaal, def)
	h.Log = []LogRef{{Origin: "stadskanaal.example/log/water/2", Size: 3}}
	d, _ := publish(t, h, c, def)
	fails, warns := d.Validate(def, r)
	if len(fails) > 0 {
		t.Fatal(fails)
	}
	for _, code := range []string{CodeBlank, CodeUnanimous, CodeRestarted} {
		if !has(warns, code) {
			t.Errorf("no %s in %v", code, warns)
		}
	}
	revised := time.UnixMilli(d.Revision)
	if _, ok := d.FutureWarning(revised.Add(-24*time.Hour - time.Millisecond)); !ok {
		t.Error("no W-FUTURE for a revision more than 24 hours ahead")
	}
	if _, ok := d.FutureWarning(revised.Add(-23 * time.Hour)); ok {
		t.Error("W-FUTURE for a revision 23 hours ahead")
	}
	if _, ok := BurstWarning("/questions/0", map[int64]int64{1: 21, 2: 20, 3: 20, 4: 20, 5: 19}); !ok {
		t.Error("no W203 for 21 of 100")
	}
	if _, ok := BurstWarning("/questions/0", map[int64]int64{1: 20, 2: 20, 3: 20, 4: 20, 5: 20}); ok {
		t.Error("W203 for 20 of 100")
	}
	before := parsed(t, goldenBytes(t, "direct-GM0037.json"), "GM0037")
	h.Revision, h.Previous = d.Revision+1, &Ref{Revision: before.Revision, Digest: before.Digest}
	after, _ := publish(t, h, c, def)
	v := Value("GM0037", []*Doc{after, before}, r, def)
	if v.Doc != after || !has(v.Warns, CodeFell) {
		t.Errorf("no W202 although fewer ballots count: %v", v.Warns)
	}
}

func TestImmutable(t *testing.T) {
	a := parsed(t, goldenBytes(t, "direct-GM0037.json"), "GM0037")
	b := parsed(t, edited(t, a.Raw, func(d map[string]any) { d["software"] = "other" }), "GM0037")
	if _, ok := Immutable(a, a); !ok {
		t.Error("the same content was refused")
	}
	if p, ok := Immutable(a, b); ok || p.Code != CodeChanged {
		t.Errorf("other content under a known id: %v", p)
	}
}

func TestNextRevision(t *testing.T) {
	for _, c := range [][3]int64{{0, 100, 100}, {100, 100, 101}, {200, 100, 201}, {99, 100, 100}} {
		if got := NextRevision(c[0], c[1]); got != c[2] {
			t.Errorf("NextRevision(%d, %d) = %d, want %d", c[0], c[1], got, c[2])
		}
	}
}
