// SPDX-License-Identifier: EUPL-1.2

package area

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// ErrUnknown is returned for a code that is not in the list.
var ErrUnknown = errors.New("unknown area code")

// ErrTooFew is returned when no province has as many municipalities as asked.
var ErrTooFew = errors.New("too few municipalities")

// List is one edition of the areas. It is not changed after loading, so it may
// be shared between goroutines.
type List struct {
	Scheme string // edition, for polder:areaScheme: "CBS-2023"
	Source string // line to print wherever figures or borders are shown

	areas    []Area // nation, provinces, municipalities; by code within a level
	position map[string]int
}

// Get finds an area by its code. The error wraps ErrUnknown.
func (l *List) Get(code string) (Area, error) {
	i, ok := l.position[code]
	if !ok {
		return Area{}, fmt.Errorf("%w: %q is not in the list %s", ErrUnknown, code, l.Scheme)
	}
	return l.areas[i], nil
}

// All gives every area: the nation, the provinces, the municipalities, each
// level by code.
func (l *List) All() []Area { return slices.Clone(l.areas) }

// Nation gives the one area without a parent.
func (l *List) Nation() Area { return l.areas[0] }

// Provinces gives the provinces by code.
func (l *List) Provinces() []Area { return l.Children(NationCode) }

// Municipalities gives the municipalities by code.
func (l *List) Municipalities() []Area {
	return l.filter(func(a Area) bool { return a.Level == Municipality })
}

// Children gives the areas that lie directly in the area with the given code,
// by code; none for a municipality or an unknown code.
func (l *List) Children(code string) []Area {
	return l.filter(func(a Area) bool { return code != "" && a.Parent == code })
}

// MostPopulous gives the n municipalities of a province with the most
// residents, most first, equal ones by code; all of them if it has fewer.
func (l *List) MostPopulous(province string, n int) []Area {
	in := l.Children(province)
	slices.SortStableFunc(in, func(a, b Area) int { return cmp.Compare(b.Residents, a.Residents) })
	return in[:max(0, min(n, len(in)))]
}

// ProvinceWith finds the first province in code order that has at least n
// municipalities. The error wraps ErrTooFew and names the largest number.
func (l *List) ProvinceWith(n int) (Area, error) {
	most := 0
	for _, p := range l.Provinces() {
		has := len(l.Children(p.Code))
		if has >= n {
			return p, nil
		}
		most = max(most, has)
	}
	return Area{}, fmt.Errorf("%w: no province has %d municipalities, the largest number is %d", ErrTooFew, n, most)
}

func (l *List) filter(keep func(Area) bool) []Area {
	var out []Area
	for _, a := range l.areas {
		if keep(a) {
			out = append(out, a)
		}
	}
	return out
}
