// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"bytes"
	"slices"
	"testing"

	"polder/consensus/opinion"
	"polder/instance/web/pages"
)

func numbers(rows []pages.OpinionRow) (out []int) {
	for _, r := range rows {
		out = append(out, r.Number)
	}
	return out
}

// A heading promises what its list holds: only what every group agrees on,
// or disagrees with, and nothing that was removed.
func TestOpinionLists(t *testing.T) {
	v := opinionView(nil)
	for name, c := range map[string]struct {
		rows []pages.OpinionRow
		want []int
	}{
		"common":      {v.Common, []int{1}},
		"rejected":    {v.Rejected, []int{2}},
		"differences": {v.Differences, []int{3}},
		"unsure":      {v.Unsure, []int{4}},
		"removed":     {v.Removed, []int{9}},
		"typical B":   {v.Groups[1].Typical, []int{3, 4}},
		"all":         {v.Rows, []int{1, 2, 3, 4, 5}},
	} {
		if got := numbers(c.rows); !slices.Equal(got, c.want) {
			t.Errorf("%s: statements %v, want %v", name, got, c.want)
		}
	}
	if v.Statements != 5 || v.Picture == nil || v.Clustered != 520 {
		t.Errorf("%d statements, %d people, picture %v", v.Statements, v.Clustered, v.Picture != nil)
	}
}

// Plain links sort the table; what is withheld comes last, an unknown order is
// the first.
func TestOpinionSort(t *testing.T) {
	for by, want := range map[string][]int{
		"":         {1, 2, 3, 4, 5},
		"; DROP":   {1, 2, 3, 4, 5},
		"agree":    {1, 3, 4, 2, 5},
		"disagree": {2, 3, 4, 1, 5},
		"pass":     {4, 2, 1, 3, 5},
		"votes":    {1, 2, 3, 4, 5},
		"gap":      {3, 1, 2, 4, 5},
	} {
		v := opinionView(func(in *pages.OpinionInput) { in.Sort = by })
		if got := numbers(v.Rows); !slices.Equal(got, want) {
			t.Errorf("sort %q: %v, want %v", by, got, want)
		}
	}
}

// Without groups there is a reason and no list or picture about groups; before
// the end there is no picture.
func TestOpinionWithout(t *testing.T) {
	v := noGroups(opinion.UnstableGroups)
	if v.Reason != "unstable" || v.Picture != nil || len(v.Groups)+len(v.Common)+len(v.Differences) > 0 || len(v.MajorityYes) == 0 {
		t.Errorf("without groups: %+v", v)
	}
	v = opinionView(interimOpinion)
	if v.Picture != nil || len(v.Groups) != 3 || !slices.Equal(numbers(v.Common), []int{1, 3, 2}) || len(v.Differences) > 0 {
		t.Errorf("interim: %+v", v)
	}
}

// One withheld group of the own municipality takes the next smallest with it;
// of few people nothing is said.
func TestOpinionOwn(t *testing.T) {
	v := opinionView(joint3)
	if v.Own == nil || v.Own.Sizes[0] == nil || v.Own.Sizes[1] != nil || v.Own.Sizes[2] != nil {
		t.Errorf("own %+v", v.Own)
	}
	v = opinionView(func(in *pages.OpinionInput) {
		n, none := int64(19), int64(0)
		in.OwnName, in.OwnSizes = "Stadskanaal", []*int64{&n, &none, &none}
	})
	if v.Own.Sizes[0] != nil || v.Own.Sizes[1] != nil {
		t.Error("19 people who are all alike are shown")
	}
}

// Whatever is withheld says so in words, and the own place is on the page only
// for who it is.
func TestOpinionWords(t *testing.T) {
	f := newFixture(t)
	body := f.render(t, example{Name: "x", Site: municipality, View: withOpinion(opinionView(nil))}, "nl")
	for _, want := range []string{"Niet getoond: minder dan 10 stemmen", "deze groepen zijn niet scherp", `href="?sort=agree#h-all"`, `aria-sort="ascending"`, "Gaat over een persoon."} {
		if !bytes.Contains(body, []byte(want)) {
			t.Errorf("%q is missing", want)
		}
	}
	if bytes.Contains(body, []byte("U bent hier")) {
		t.Error("somebody's place is on the page of everybody")
	}
	body = f.render(t, example{Name: "x", Site: municipality, View: withOpinion(opinionView(func(in *pages.OpinionInput) { in.You = &opinion.Point{} }))}, "nl")
	if !bytes.Contains(body, []byte("U bent hier")) {
		t.Error("the own place is missing")
	}
}
