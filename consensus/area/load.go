// SPDX-License-Identifier: EUPL-1.2

package area

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

// Edition describes the files of one list.
type Edition struct {
	Scheme    string    // "CBS-2023"
	Source    string    // attribution line
	Nation    string    // name of the nation
	ValidFrom time.Time // day of the figures
	Residents string    // column with the residents: "population_2023"

	Municipalities io.Reader // gm_code, name, pv_code, Residents, lon, lat
	Provinces      io.Reader // pv_code, name, municipalities, Residents
	Changes        io.Reader // code, valid_from, valid_to, successor; nil if none
}

// Load reads and checks a list: codes are unique and well formed, every parent
// exists, the number of municipalities and the residents of a province are
// those of its own row, a successor is itself in the list.
func Load(e Edition) (*List, error) {
	provinces, promised, err := readProvinces(e)
	if err != nil {
		return nil, fmt.Errorf("read the provinces of %s: %w", e.Scheme, err)
	}
	municipalities, err := readMunicipalities(e)
	if err != nil {
		return nil, fmt.Errorf("read the municipalities of %s: %w", e.Scheme, err)
	}
	l := &List{Scheme: e.Scheme, Source: e.Source, position: map[string]int{}}
	l.areas = append(l.areas, nationOf(e, provinces))
	l.areas = append(append(l.areas, provinces...), municipalities...)
	if err := l.index(); err != nil {
		return nil, fmt.Errorf("check the areas of %s: %w", e.Scheme, err)
	}
	if err := l.checkProvinces(promised); err != nil {
		return nil, fmt.Errorf("check the areas of %s: %w", e.Scheme, err)
	}
	if err := l.applyChanges(e.Changes); err != nil {
		return nil, fmt.Errorf("read the changes of %s: %w", e.Scheme, err)
	}
	return l, nil
}

func nationOf(e Edition, provinces []Area) Area {
	nation := Area{Code: NationCode, Name: e.Nation, Level: Nation, ValidFrom: e.ValidFrom}
	for _, p := range provinces {
		nation.Residents += p.Residents
	}
	return nation
}

// readProvinces also returns how many municipalities each province must have.
func readProvinces(e Edition) ([]Area, map[string]int64, error) {
	var out []Area
	promised := map[string]int64{}
	err := eachRow(e.Provinces, []string{"pv_code", "name", "municipalities", e.Residents}, func(f []string) error {
		count, err := number(f[2])
		if err != nil {
			return err
		}
		residents, err := number(f[3])
		if err != nil {
			return err
		}
		promised[f[0]] = count
		out = append(out, Area{Code: f[0], Name: f[1], Level: Province, Parent: NationCode, Residents: residents, ValidFrom: e.ValidFrom})
		return checkCode(f[0], "PV", 2)
	})
	sortByCode(out)
	return out, promised, err
}

func readMunicipalities(e Edition) ([]Area, error) {
	var out []Area
	err := eachRow(e.Municipalities, []string{"gm_code", "name", "pv_code", e.Residents, "lon", "lat"}, func(f []string) error {
		residents, err := number(f[3])
		if err != nil {
			return err
		}
		lon, errLon := strconv.ParseFloat(f[4], 64)
		lat, errLat := strconv.ParseFloat(f[5], 64)
		if err := errors.Join(errLon, errLat); err != nil {
			return err
		}
		out = append(out, Area{
			Code: f[0], Name: f[1], Level: Municipality, Parent: f[2],
			Residents: residents, ValidFrom: e.ValidFrom, Lon: lon, Lat: lat,
		})
		return checkCode(f[0], "GM", 4)
	})
	sortByCode(out)
	return out, err
}

// applyChanges enters the dates and successors of areas that came or went.
func (l *List) applyChanges(r io.Reader) error {
	if r == nil {
		return nil
	}
	return eachRow(r, []string{"code", "valid_from", "valid_to", "successor"}, func(f []string) error {
		i, ok := l.position[f[0]]
		if !ok {
			return fmt.Errorf("%w: %q", ErrUnknown, f[0])
		}
		from, err := day(f[1], l.areas[i].ValidFrom)
		if err != nil {
			return err
		}
		to, err := day(f[2], time.Time{})
		if err != nil {
			return err
		}
		if _, known := l.position[f[3]]; f[3] != "" && (!known || f[3] == f[0]) {
			return fmt.Errorf("%w: successor %q", ErrUnknown, f[3])
		}
		if !to.IsZero() && !from.Before(to) {
			return fmt.Errorf("%s ends on %s, before it begins", f[0], f[2])
		}
		l.areas[i].ValidFrom, l.areas[i].ValidTo, l.areas[i].Successor = from, to, f[3]
		return nil
	})
}

func (l *List) index() error {
	for i, a := range l.areas {
		if _, twice := l.position[a.Code]; twice {
			return fmt.Errorf("code %s occurs twice", a.Code)
		}
		if a.Name == "" {
			return fmt.Errorf("%s has no name", a.Code)
		}
		l.position[a.Code] = i
	}
	return nil
}

// checkProvinces compares the two files: number and sum per province.
func (l *List) checkProvinces(promised map[string]int64) error {
	counts, residents := map[string]int64{}, map[string]int64{}
	for _, a := range l.Municipalities() {
		if _, ok := promised[a.Parent]; !ok {
			return fmt.Errorf("%s lies in %q, which is no province of the list", a.Code, a.Parent)
		}
		counts[a.Parent]++
		residents[a.Parent] += a.Residents
	}
	for _, p := range l.Provinces() {
		if counts[p.Code] != promised[p.Code] || residents[p.Code] != p.Residents {
			return fmt.Errorf("%s has %d municipalities and %d residents, its own row says %d and %d",
				p.Code, counts[p.Code], residents[p.Code], promised[p.Code], p.Residents)
		}
	}
	return nil
}

// eachRow calls fn with the wanted columns of every row, in the order asked.
func eachRow(r io.Reader, want []string, fn func([]string) error) error {
	rows := csv.NewReader(r)
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	columns := make([]int, len(want))
	for i, name := range want {
		if columns[i] = slices.Index(header, name); columns[i] < 0 {
			return fmt.Errorf("line 1: column %q is missing", name)
		}
	}
	picked := make([]string, len(want))
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, c := range columns {
			picked[i] = row[c]
		}
		if err := fn(picked); err != nil {
			line, _ := rows.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// checkCode wants the prefix and then exactly n digits.
func checkCode(code, prefix string, n int) error {
	digits := len(code) == len(prefix)+n && code[:len(prefix)] == prefix
	for i := len(prefix); digits && i < len(code); i++ {
		digits = '0' <= code[i] && code[i] <= '9'
	}
	if !digits {
		return fmt.Errorf("%q is not a code of the form %s and %d digits", code, prefix, n)
	}
	return nil
}

func number(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil && n < 0 {
		err = fmt.Errorf("%d is below zero", n)
	}
	return n, err
}

// day reads YYYY-MM-DD as midnight UTC; an empty field is the fallback.
func day(s string, fallback time.Time) (time.Time, error) {
	if s == "" {
		return fallback, nil
	}
	return time.Parse(time.DateOnly, s)
}

func sortByCode(areas []Area) {
	slices.SortFunc(areas, func(a, b Area) int { return cmp.Compare(a.Code, b.Code) })
}
