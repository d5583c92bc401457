// SPDX-License-Identifier: EUPL-1.2

package polis

import (
	"errors"
	"fmt"
)

// ErrOrientation is wrapped by the refusal of a file whose counts fit neither
// orientation.
var ErrOrientation = errors.New("the orientation of the votes cannot be told")

// Orientation says what +1 meant in the vote file.
type Orientation string

// The findings that let a file in. One that fits neither AsIs nor Inverted is
// refused with ErrOrientation.
const (
	AsIs      Orientation = "as-is"     // +1 agree, as it should be
	Inverted  Orientation = "inverted"  // +1 disagree; the votes were turned round
	Unchecked Orientation = "unchecked" // nothing to compare with; read as AsIs
)

// Finding is the result of the check of opinion.md 15. The stated agrees are
// compared with the votes counted in the file: per statement for votes.csv
// (comments.csv, column agrees, superseded rows included), per person for
// participants-votes.csv (column n-agree).
type Finding struct {
	Orientation Orientation
	Source      string // where the stated numbers come from; why not, if Unchecked
	Unit        string // "statements" or "people"
	Compared    int    // those with an agree or a disagree, stated or counted
	Plus, Minus int    // of these, number of +1 or of -1 equal to the stated agrees
}

// String is a sentence for the person who imports the file.
func (f Finding) String() string {
	switch f.Orientation {
	case AsIs:
		return fmt.Sprintf("Orientation of the votes: as it should be, +1 is agree (%d of %d %s fit %s).", f.Plus, f.Compared, f.Unit, f.Source)
	case Inverted:
		return fmt.Sprintf("Orientation of the votes: inverted, -1 is agree in this file (%d of %d %s fit %s); all votes were turned round.", f.Minus, f.Compared, f.Unit, f.Source)
	default:
		return fmt.Sprintf("Orientation of the votes: not checked, %s; +1 is read as agree.", f.Source)
	}
}

// stated is one comparison: agrees as the file says, and the votes counted.
type stated struct{ agrees, plus, minus int64 }

// judge decides from at least 95 % of the comparisons in which anything is
// stated or counted at all.
func judge(all []stated, source, unit string) (Finding, error) {
	f := Finding{Source: source, Unit: unit}
	for _, s := range all {
		if s == (stated{}) {
			continue
		}
		f.Compared++
		if s.agrees == s.plus {
			f.Plus++
		}
		if s.agrees == s.minus {
			f.Minus++
		}
	}
	enough := func(n int) bool { return 20*n >= 19*f.Compared }
	switch {
	case f.Compared == 0:
		return unchecked("no vote can be compared with " + source), nil
	case enough(f.Plus):
		f.Orientation = AsIs
	case enough(f.Minus):
		f.Orientation = Inverted
	default:
		return Finding{}, fmt.Errorf("%w: by %s agree is +1 for %d and -1 for %d of %d %s, 95 %% is needed",
			ErrOrientation, source, f.Plus, f.Minus, f.Compared, unit)
	}
	return f, nil
}

func unchecked(why string) Finding { return Finding{Orientation: Unchecked, Source: why} }

// turnRound gives the votes of an inverted file their usual sign.
func turnRound(last []entry) {
	for i := range last {
		last[i].value = -last[i].value
	}
}
