// SPDX-License-Identifier: EUPL-1.2

package consensus_test

import (
	"strings"
	"testing"

	"polder/consensus"
	"polder/consensus/eligibility"
)

func TestDefinitionRoundTrip(t *testing.T) {
	raw, digest, err := definition().Encode()
	if err != nil || !strings.HasPrefix(digest, "sha256:") || len(digest) != 71 {
		t.Fatalf("digest %q, %v", digest, err)
	}
	back, err := consensus.ParseDefinition(raw)
	if err != nil {
		t.Fatal(err)
	}
	if again, same, _ := back.Encode(); string(again) != string(raw) || same != digest {
		t.Errorf("reading and writing changes the definition:\n%s\n%s", raw, again)
	}
	if !back.IsOfficial(eligibility.Code) || back.IsOfficial(eligibility.Open) {
		t.Error("official levels are lost")
	}
	if _, ok := back.Question("q9"); ok {
		t.Error("a question that is not there is found")
	}
}

func TestEveryChangeOfADefinitionChangesItsDigest(t *testing.T) {
	_, digest, _ := definition().Encode()
	for name, change := range map[string]func(*consensus.Definition){
		"text":   func(d *consensus.Definition) { d.Questions[0].Options[1].Text["nl"] = "b!" },
		"option": func(d *consensus.Definition) { d.Questions[0].Options[1].ID = "bb" },
		"order":  func(d *consensus.Definition) { q := d.Questions; q[0], q[1] = q[1], q[0] },
		"level":  func(d *consensus.Definition) { d.Official = d.Official[:1] },
		"k":      func(d *consensus.Definition) { d.K = 11 },
		"age":    func(d *consensus.Definition) { d.MinAge = 16 },
	} {
		d := definition()
		change(d)
		if _, other, err := d.Encode(); err != nil || other == digest {
			t.Errorf("%s: %s, %v", name, other, err)
		}
	}
}

func TestDefinitionCheck(t *testing.T) {
	if err := definition().Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*consensus.Definition){
		"version":         func(d *consensus.Definition) { d.V = 2 },
		"root":            func(d *consensus.Definition) { d.Root = "" },
		"small k":         func(d *consensus.Definition) { d.K = 9 },
		"no question":     func(d *consensus.Definition) { d.Questions = nil },
		"results":         func(d *consensus.Definition) { d.Results = "always" },
		"openings":        func(d *consensus.Definition) { d.Openings = "" },
		"level":           func(d *consensus.Definition) { d.Levels[0] = "sms" },
		"level twice":     func(d *consensus.Definition) { d.Levels[0] = d.Levels[1] },
		"official signal": func(d *consensus.Definition) { d.Official[0] = eligibility.Open },
		"official absent": func(d *consensus.Definition) { d.Official[0] = eligibility.OIDC },
		"official twice":  func(d *consensus.Definition) { d.Official[0] = d.Official[1] },
		"question twice":  func(d *consensus.Definition) { d.Questions[0].ID = "q2" },
		"question id":     func(d *consensus.Definition) { d.Questions[0].ID = "Q 1" },
		"kind":            func(d *consensus.Definition) { d.Questions[0].Kind = "ranked" },
		"two of single":   func(d *consensus.Definition) { d.Questions[0].Max = 2 },
		"bounds":          func(d *consensus.Definition) { d.Questions[1].Min = 4 },
		"one option":      func(d *consensus.Definition) { d.Questions[0].Options = d.Questions[0].Options[:1] },
		"option twice":    func(d *consensus.Definition) { d.Questions[0].Options[0].ID = "b" },
		"option id":       func(d *consensus.Definition) { d.Questions[0].Options[0].ID = strings.Repeat("a", 37) },
	} {
		d := definition()
		change(d)
		if err := d.Check(); err == nil || !strings.HasPrefix(err.Error(), "definition: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := consensus.ParseDefinition([]byte("[")); err == nil {
		t.Error("broken JSON is a definition")
	}
}
