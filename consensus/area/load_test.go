// SPDX-License-Identifier: EUPL-1.2

package area_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"polder/consensus/area"
)

const (
	twoMunicipalities = "gm_code,name,pv_code,population,lon,lat\nGM0002,Beneden,PV20,30,6.5,53.1\nGM0001,Boven,PV20,12,6.4,53.2\n"
	oneProvince       = "pv_code,name,municipalities,population\nPV20,Proef,2,42\n"
)

var newYear = time.Date(2030, time.January, 1, 0, 0, 0, 0, time.UTC)

func load(municipalities, provinces, changes string) (*area.List, error) {
	return area.Load(area.Edition{
		Scheme: "TEST-2030", Nation: "Proefland", ValidFrom: newYear, Residents: "population",
		Municipalities: strings.NewReader(municipalities),
		Provinces:      strings.NewReader(provinces),
		Changes:        strings.NewReader("code,valid_from,valid_to,successor\n" + changes),
	})
}

func TestMergerHasEndAndSuccessor(t *testing.T) {
	l, err := load(twoMunicipalities, oneProvince, "GM0002,,2031-01-01,GM0001\n")
	if err != nil {
		t.Fatal(err)
	}
	gone, err := l.Get("GM0002")
	if err != nil || gone.Successor != "GM0001" {
		t.Fatalf("%+v, %v", gone, err)
	}
	for day, want := range map[string]bool{"2029-12-31": false, "2030-01-01": true, "2030-12-31": true, "2031-01-01": false} {
		at, _ := time.Parse(time.DateOnly, day)
		if gone.ValidOn(at) != want {
			t.Errorf("valid on %s: %t", day, !want)
		}
	}
	if stays, _ := l.Get("GM0001"); !stays.ValidOn(newYear.AddDate(50, 0, 0)) {
		t.Error("an area without an end is not valid later")
	}
}

func TestLoadSortsWhatTheFilesDoNot(t *testing.T) {
	l, err := load(twoMunicipalities, oneProvince, "")
	if err != nil {
		t.Fatal(err)
	}
	if in := l.Children("PV20"); len(in) != 2 || in[0].Code != "GM0001" {
		t.Errorf("%+v", in)
	}
}

func TestLoadRefusesInconsistentFiles(t *testing.T) {
	for name, c := range map[string]struct{ municipalities, provinces, changes, says string }{
		"code twice":          {strings.Replace(twoMunicipalities, "GM0002", "GM0001", 1), oneProvince, "", "twice"},
		"malformed code":      {strings.Replace(twoMunicipalities, "GM0002", "GM2", 1), oneProvince, "", "line 2"},
		"unknown province":    {strings.Replace(twoMunicipalities, "PV20", "PV21", 1), oneProvince, "", "PV21"},
		"other number":        {twoMunicipalities, strings.Replace(oneProvince, "2,42", "3,42", 1), "", "its own row says 3"},
		"other sum":           {twoMunicipalities, strings.Replace(oneProvince, "2,42", "2,41", 1), "", "41"},
		"no number":           {strings.Replace(twoMunicipalities, ",30,", ",many,", 1), oneProvince, "", "line 2"},
		"below zero":          {strings.Replace(twoMunicipalities, ",30,", ",-30,", 1), oneProvince, "", "below zero"},
		"missing column":      {strings.Replace(twoMunicipalities, "population", "people", 1), oneProvince, "", `"population"`},
		"no name":             {strings.Replace(twoMunicipalities, "Boven", "", 1), oneProvince, "", "no name"},
		"empty file":          {"", oneProvince, "", "header"},
		"change of a nobody":  {twoMunicipalities, oneProvince, "GM0009,,2031-01-01,\n", "GM0009"},
		"unknown successor":   {twoMunicipalities, oneProvince, "GM0002,,2031-01-01,GM0009\n", "GM0009"},
		"its own successor":   {twoMunicipalities, oneProvince, "GM0002,,2031-01-01,GM0002\n", "successor"},
		"ends before it came": {twoMunicipalities, oneProvince, "GM0002,,2029-01-01,GM0001\n", "before it begins"},
		"no date":             {twoMunicipalities, oneProvince, "GM0002,,next year,GM0001\n", "line 2"},
	} {
		_, err := load(c.municipalities, c.provinces, c.changes)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := load(twoMunicipalities, oneProvince, "GM0009,,,\n"); !errors.Is(err, area.ErrUnknown) {
		t.Errorf("the error does not wrap ErrUnknown: %v", err)
	}
}
