// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
)

// hiding publishes final tallies of all places with the given agree and pass
// ballots by code; small ones are withheld.
func (s *scene) hiding(revision int64, ballots ...[2]int) (set, sealed []*Doc) {
	for i, b := range ballots {
		d, full := s.sealed(i, StatusFinal, revision, nil, b[0], b[1])
		set = append(set, d)
		if full != nil {
			sealed = append(sealed, full)
		}
	}
	return set, sealed
}

func TestSealedSum(t *testing.T) {
	for _, c := range []struct {
		name     string
		ballots  [][2]int
		areas    []string
		agree    int64
		withheld []string
	}{
		{"two areas, 13 ballots", [][2]int{{4, 3}, {5, 1}, {30, 10}}, []string{"GM0001", "GM0002"}, 39, nil},
		{"one area alone", [][2]int{{4, 3}, {30, 10}}, nil, 30, []string{"GM0001"}},
		{"two areas below k", [][2]int{{2, 1}, {3, 1}, {30, 10}}, nil, 30, []string{"GM0001", "GM0002"}},
		{"exactly k", [][2]int{{4, 1}, {4, 1}, {30, 10}}, []string{"GM0001", "GM0002"}, 38, nil},
		{"unanimous together", [][2]int{{7, 0}, {6, 0}, {30, 10}}, nil, 30, []string{"GM0001", "GM0002"}},
		{"unanimous below 2k counts as hidden", [][2]int{{15, 0}, {1, 4}, {30, 10}}, []string{"GM0001", "GM0002"}, 46, nil},
		{"an area without ballots is no second area", [][2]int{{6, 3}, {0, 0}, {30, 10}}, nil, 30, []string{"GM0001"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, len(c.ballots))
			set, sealed := s.hiding(10, c.ballots...)
			res := Total(set, sealed, s.roster, s.def, "")
			var areas, withheld []string
			if res.SealedSum != nil {
				areas = res.SealedSum.Areas
			}
			for _, n := range res.NotCounted {
				if n.Why != WhyWithheld {
					t.Errorf("%s: %s", n.Area, n.Why)
				}
				withheld = append(withheld, n.Area)
			}
			if !slices.Equal(areas, c.areas) || agree(res) != c.agree || !slices.Equal(withheld, c.withheld) {
				t.Errorf("sum of %v, %d agree, withheld %v", areas, agree(res), withheld)
			}
			s.holds(res, set, StatusFinal)
			if public := Total(set, nil, s.roster, s.def, ""); public.SealedSum != nil {
				t.Error("a sum without sealed tallies")
			}
		})
	}
}

// holds writes the aggregate of a result and checks it against its inputs.
func (s *scene) holds(res *Result, set []*Doc, status string) *Doc {
	s.t.Helper()
	agg := s.aggregate(res, status)
	if problems := CheckAggregate(agg, byDigest(set), s.roster, s.def); len(problems) > 0 {
		s.t.Errorf("the aggregate does not hold: %v", problems)
	}
	return agg
}

func (s *scene) aggregate(res *Result, status string) *Doc {
	s.t.Helper()
	h := header(s.t, place{"PV20", groningen}, s.def, status, 99)
	raw, err := NewAggregate(h, res)
	if err != nil {
		s.t.Fatal(err)
	}
	return parsed(s.t, raw, "PV20")
}

func byDigest(set []*Doc) map[string]*Doc {
	out := map[string]*Doc{}
	for _, d := range set {
		out[d.Digest] = d
	}
	return out
}

func TestSealedSumOnlyAtFinal(t *testing.T) {
	s := newScene(t, 3)
	var set, sealed []*Doc
	for i, b := range [][2]int{{4, 3}, {5, 1}, {30, 10}} {
		d, full := s.sealed(i, StatusProvisional, 10, nil, b[0], b[1])
		set = append(set, d)
		if full != nil {
			sealed = append(sealed, full)
		}
	}
	if res := Total(set, sealed, s.roster, s.def, ""); res.SealedSum != nil {
		t.Error("provisional tallies entered a sealed sum")
	}
	set, sealed = s.hiding(10, [2]int{4, 3}, [2]int{5, 1}, [2]int{30, 10})
	res := Total(set, sealed, s.roster, s.def, "")
	h := header(t, place{"PV20", groningen}, s.def, StatusProvisional, 99)
	if _, err := NewAggregate(h, res); !errors.Is(err, errEarlySealed) {
		t.Errorf("a provisional aggregate with a sealed sum: %v", err)
	}
}

func TestForgedSealedTallyIsIgnored(t *testing.T) {
	s := newScene(t, 3)
	set, sealed := s.hiding(10, [2]int{4, 3}, [2]int{5, 1}, [2]int{30, 10})
	forged := parsed(t, edited(t, sealed[0].Raw, func(d map[string]any) { counts(d, 0)["code"], counts(d, 2)["code"] = 5, 2 }), "GM0001")
	if res := Total(set, []*Doc{forged, sealed[1]}, s.roster, s.def, ""); res.SealedSum != nil {
		t.Error("another sealed tally than the named one was used")
	}
	stranger := *sealed[0]
	stranger.Key = multikey("GM0003")
	if res := Total(set, []*Doc{&stranger, sealed[1]}, s.roster, s.def, ""); res.SealedSum != nil {
		t.Error("a sealed tally by another key was used")
	}
}

// TestCheckSealed: full counts that do not give the published ones, or that were
// hidden without need, are refused.
func TestCheckSealed(t *testing.T) {
	s := newScene(t, 1)
	_, full := s.sealed(0, StatusFinal, 10, nil, 4, 3)
	big := parsed(t, edited(t, full.Raw, func(d map[string]any) {
		counts(d, 0)["code"], sub(question(d), "ballots")["code"], sub(turnout(d), "accepted")["code"] = 40, 43, 43
	}), "GM0001")
	direct, _ := s.sealed(0, StatusFinal, 10, nil, 4, 3)
	direct.Sealed = big.Digest
	if problems := CheckSealed(direct, big, s.def); len(problems) == 0 {
		t.Error("43 ballots were withheld")
	}
}

// TestHostileSealedTally: a companion without counts must not get through, nor
// stop anybody from counting.
func TestHostileSealedTally(t *testing.T) {
	s := newScene(t, 3)
	set, sealed := s.hiding(10, [2]int{4, 3}, [2]int{5, 1}, [2]int{30, 10})
	for name, change := range map[string]edit{
		"withdrawn":    func(d map[string]any) { d["status"] = StatusWithdrawn; delete(d, "questions"); delete(d, "turnout") },
		"no turnout":   func(d map[string]any) { delete(d, "turnout") },
		"no questions": func(d map[string]any) { d["questions"] = []any{} },
		"other levels": func(d map[string]any) { question(d)["groups"] = []any{} },
	} {
		empty := parsed(t, edited(t, sealed[0].Raw, change), "GM0001")
		for _, shape := range []func(*Doc){func(*Doc) {}, func(d *Doc) { d.Withheld = false }, func(d *Doc) { d.Turnout = nil }} {
			direct := *set[0]
			direct.Sealed = empty.Digest
			if shape(&direct); len(CheckSealed(&direct, empty, s.def)) == 0 {
				t.Errorf("%s: accepted", name)
			}
			res := Total([]*Doc{&direct, set[1], set[2]}, []*Doc{empty, sealed[1]}, s.roster, s.def, "")
			if FullTotals([]*Doc{&direct, set[1], set[2]}, []*Doc{empty, sealed[1]}, s.roster, s.def); res.SealedSum != nil {
				t.Errorf("%s: summed", name)
			}
		}
	}
}

// TestCorrectedSealedSum: what was published changes only by two areas and k
// ballots at once, so that no difference shows one place.
func TestCorrectedSealedSum(t *testing.T) {
	first := [][2]int{{4, 3}, {5, 1}, {30, 10}, {6, 2}, {1, 5}}
	for _, c := range []struct {
		name string
		next [][2]int
		want string // same, new, none
	}{
		{"nothing changed", [][2]int{{4, 3}, {5, 1}, {30, 10}, {}, {}}, "same"},
		{"one area corrected", [][2]int{{4, 4}, {5, 1}, {30, 10}, {}, {}}, "same"},
		{"one area added", [][2]int{{4, 3}, {5, 1}, {30, 10}, {6, 2}, {}}, "same"},
		{"two areas added", [][2]int{{4, 3}, {5, 1}, {30, 10}, {6, 2}, {1, 5}}, "new"},
		{"two areas added below k", [][2]int{{4, 3}, {5, 1}, {30, 10}, {3, 2}, {1, 2}}, "same"},
		{"an area now publishes itself", [][2]int{{8, 3}, {5, 1}, {30, 10}, {}, {}}, "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, len(first))
			set, sealed := s.hiding(10, first[:3]...)
			prior := Total(set, sealed, s.roster, s.def, "").SealedSum
			if prior == nil {
				t.Fatal("no first sum")
			}
			var next, nextSealed []*Doc
			for i, b := range c.next {
				if i < 3 && b == first[i] {
					next = append(next, set[i])
					if i < 2 {
						nextSealed = append(nextSealed, sealed[i])
					}
					continue
				}
				if b == [2]int{} {
					continue
				}
				d, full := s.sealed(i, StatusFinal, 20, nil, b[0], b[1])
				if next = append(next, d); full != nil {
					nextSealed = append(nextSealed, full)
				}
			}
			res := CorrectedTotal(prior, next, nextSealed, s.roster, s.def, "")
			got := "new"
			switch {
			case res.SealedSum == nil:
				got = "none"
			case slices.Equal(res.SealedSum.Digests, prior.Digests):
				got = "same"
			}
			if got != c.want {
				t.Errorf("%s, want %s: %+v", got, c.want, res.SealedSum)
			}
			s.holds(res, next, StatusCorrected)
		})
	}
}

func TestFullTotals(t *testing.T) {
	s := newScene(t, 4)
	set, sealed := s.hiding(10, [2]int{4, 3}, [2]int{5, 1}, [2]int{30, 10})
	merged := fullCounts(t, s.def)
	cast(t, merged, "q1", "code", "agree", 20)
	cast(t, merged, "q1", "code", "pass", 20)
	cast(t, merged, "q1", "paper", "agree", 3)
	d, full := publish(t, header(t, s.places[3], s.def, StatusFinal, 10), merged, s.def)
	set, sealed = append(set, d), append(sealed, full)
	got := FullTotals(set, sealed, s.roster, s.def)
	if n := got.Count("q1", "agree", "code"); n != 59 {
		t.Errorf("%d agree by code", n)
	}
	if n := got.Count("q1", "agree", "paper"); n != 3 {
		t.Errorf("%d agree on paper", n)
	}
	if len(got.Incomplete) != 0 || len(got.Areas) != 4 {
		t.Errorf("%+v", got)
	}
	got = FullTotals(set, nil, s.roster, s.def)
	if !slices.Equal(got.Incomplete, []string{"GM0001", "GM0002", "GM0004"}) || got.Count("q1", "agree", "code+paper") != 23 {
		t.Errorf("without sealed tallies: %+v", got)
	}
}

// TestCheckAggregateFindsEveryNumber adds one to every number an aggregate
// states about its inputs, in turn; each change must be found.
func TestCheckAggregateFindsEveryNumber(t *testing.T) {
	s := newScene(t, 4)
	s.member(3).Eligible = 7
	set, sealed := s.hiding(10, [2]int{4, 3}, [2]int{5, 1}, [2]int{30, 10})
	agg := s.holds(Total(set, sealed, s.roster, s.def, ""), set, StatusFinal)
	inputs := byDigest(set)
	n := 0
	for _, field := range []string{"inputs", "coverage", "questions", "turnout", "roster", "sealedSum"} {
		for i := 0; ; i++ {
			left := i
			raw := edited(t, agg.Raw, func(d map[string]any) { d[field] = bumped(d[field], &left) })
			if left >= 0 {
				break
			}
			n++
			d, err := Parse(raw)
			if err != nil {
				continue
			}
			d.Key = agg.Key
			if problems := CheckAggregate(d, inputs, s.roster, s.def); len(problems) == 0 {
				t.Errorf("number %d of %s was changed unnoticed", i, field)
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d numbers were tried", n)
	}
}

// bumped adds one to the number at position *left (depth first, names sorted)
// and leaves *left negative.
func bumped(v any, left *int) any {
	switch v := v.(type) {
	case json.Number:
		if *left--; *left == -1 {
			n, _ := v.Int64()
			return n + 1
		}
	case []any:
		for i := range v {
			v[i] = bumped(v[i], left)
		}
	case map[string]any:
		var keys []string
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			v[key] = bumped(v[key], left)
		}
	}
	return v
}

func TestCheckAggregateRefuses(t *testing.T) {
	for _, c := range []struct {
		name, code string
		change     edit
	}{
		{"covered twice", CodeOverlap, func(d map[string]any) { d["covers"] = append(d["covers"].([]any), "GM0001") }},
		{"an area left out", CodeOverlap, func(d map[string]any) { d["covers"] = d["covers"].([]any)[:3] }},
		{"a place that is not named", CodeSum, func(d map[string]any) { d["notCounted"] = []any{} }},
		{"counted and not counted", CodeOverlap, func(d map[string]any) { d["notCounted"].([]any)[0].(map[string]any)["area"] = "GM0001" }},
		{"input dropped", CodeSum, func(d map[string]any) { d["inputs"] = d["inputs"].([]any)[1:] }},
		{"input of a stranger", CodeNotInRoster, func(d map[string]any) { d["inputs"].([]any)[0].(map[string]any)["area"] = "GM9999" }},
		{"input by another digest", CodeSum, func(d map[string]any) {
			d["inputs"].([]any)[0].(map[string]any)["digest"] = "sha256:" + string(make32("00"))
		}},
		{"other roster", CodeNotInRoster, func(d map[string]any) { sub(d, "roster")["revision"] = 5 }},
		{"status of an input", CodeSum, func(d map[string]any) { d["inputs"].([]any)[0].(map[string]any)["status"] = "interim" }},
		{"marked sealed without a sum", CodeSum, func(d map[string]any) { d["inputs"].([]any)[0].(map[string]any)["sealed"] = true }},
		{"assigned elsewhere", CodeOverlap, func(d map[string]any) { d["notCounted"].([]any)[0].(map[string]any)["why"] = WhyAssignedElsewhere }},
		{"levels regrouped", CodeUnknown, func(d map[string]any) { question(d)["groups"] = []any{[]any{"code", "paper"}} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, 4)
			set, _ := s.hiding(10, [2]int{20, 20}, [2]int{15, 11}, [2]int{30, 10})
			agg := s.holds(Total(set, nil, s.roster, s.def, ""), set, StatusProvisional)
			d, err := Parse(edited(t, agg.Raw, c.change))
			if err != nil {
				t.Fatal(err)
			}
			d.Key = agg.Key
			problems := CheckAggregate(d, byDigest(set), s.roster, s.def)
			if !slices.ContainsFunc(problems, func(p Problem) bool { return p.Code == c.code }) {
				t.Errorf("got %v, want %s", problems, c.code)
			}
		})
	}
}

func make32(pair string) []byte {
	var out []byte
	for range 32 {
		out = append(out, pair...)
	}
	return out
}

// TestCrossCheck: the nation adds up a province's inputs itself.
func TestCrossCheck(t *testing.T) {
	s := newScene(t, 2)
	set, _ := s.hiding(10, [2]int{20, 20}, [2]int{15, 11})
	agg := s.holds(Total(set, nil, s.roster, s.def, ""), set, StatusFinal)
	if problems := CrossCheck(agg, byDigest(set), s.roster, s.def); len(problems) > 0 {
		t.Error(problems)
	}
	lie := parsed(t, edited(t, agg.Raw, func(d map[string]any) { counts(d, 0)["code"], counts(d, 2)["code"] = 36, 30 }), "PV20")
	for name, problems := range map[string][]Problem{
		"changed total": CrossCheck(lie, byDigest(set), s.roster, s.def),
		"missing input": CrossCheck(agg, byDigest(set[1:]), s.roster, s.def),
	} {
		if len(problems) == 0 || problems[0].Code != CodeSubtotal {
			t.Errorf("%s: %v", name, problems)
		}
	}
	other := *agg
	other.Area = "PV22"
	if problems := CoversOverlap([]*Doc{agg, &other}); len(problems) != 2 || problems[0].Code != CodeOverlap {
		t.Errorf("two provinces covering the same areas: %v", problems)
	}
	if problems := CoversOverlap([]*Doc{agg, agg}); len(problems) != 0 {
		t.Errorf("two aggregates of one province: %v", problems)
	}
}
