// SPDX-License-Identifier: EUPL-1.2

package config_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"polder/instance/config"
)

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0s": 0, "30s": 30 * time.Second, "600s": 10 * time.Minute, "5m": 5 * time.Minute, "1h30m": 90 * time.Minute,
		"24h": 24 * time.Hour, "1d": 24 * time.Hour, "7d": 168 * time.Hour, "1.5s": 1500 * time.Millisecond,
	} {
		if got, err := config.ParseDuration(text); got.Std() != want || err != nil {
			t.Errorf("%q is %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "7", "d", "-1d", "+1d", "1.5d", "-5m", "1wd", "7 d", "99999999999999999999d", "40000d", "soon"} {
		if got, err := config.ParseDuration(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
	for d, want := range map[time.Duration]string{
		time.Minute: "1m", time.Hour: "1h", 24 * time.Hour: "24h", 48 * time.Hour: "2d", 90 * time.Second: "1m30s",
		0: "0s", 10 * time.Minute: "10m", 20 * time.Hour: "20h",
	} {
		if got := config.Duration(d).String(); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
}

func TestValuesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := config.Duration(rapid.Int64Range(0, int64(90*24*time.Hour)).Draw(t, "d"))
		if got, err := config.ParseDuration(d.String()); got != d || err != nil {
			t.Errorf("%d is written %q and read as %d, %v", d, d, got, err)
		}
		p := config.Period{Days: rapid.IntRange(1, 400).Draw(t, "days"), Work: rapid.Bool().Draw(t, "work")}
		if got, err := config.ParsePeriod(p.String()); got != p || err != nil {
			t.Errorf("%+v is written %q and read as %+v, %v", p, p, got, err)
		}
		r := config.Rate{N: rapid.IntRange(1, 999).Draw(t, "n"), Per: time.Duration(rapid.IntRange(1, 100_000).Draw(t, "per")) * time.Second}
		if got, err := config.ParseRate(r.String()); got != r || err != nil {
			t.Errorf("%+v is written %q and read as %+v, %v", r, r, got, err)
		}
	})
}

func TestRates(t *testing.T) {
	for text, want := range map[string]config.Rate{
		"20/s": {N: 20, Per: time.Second}, "300/5m": {N: 300, Per: 5 * time.Minute}, "5/15m": {N: 5, Per: 15 * time.Minute},
		"10/h": {N: 10, Per: time.Hour}, "3/d": {N: 3, Per: 24 * time.Hour}, "1/1m30s": {N: 1, Per: 90 * time.Second},
	} {
		if got, err := config.ParseRate(text); got != want || err != nil {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "20", "20/", "/s", "0/s", "-1/s", "1/0s", "1/-1s", "x/s", "1/x", "1/s/s", "1/sm"} {
		if got, err := config.ParseRate(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestPeriodsAreCalendarDays(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	kingsDay := func(day time.Time) bool { return day.Month() == time.April && day.Day() == 27 }
	for _, c := range []struct {
		period   string
		from, to string
	}{
		{"1d", "2026-03-28 12:00", "2026-03-29 12:00"}, // summer time begins: 23 hours
		{"42d", "2026-09-20 09:30", "2026-11-01 09:30"},
		{"1wd", "2026-05-07 10:00", "2026-05-08 10:00"}, // Thursday
		{"1wd", "2026-05-08 10:00", "2026-05-11 10:00"}, // Friday
		{"1wd", "2026-05-09 10:00", "2026-05-11 10:00"}, // Saturday
		{"1wd", "2026-04-24 10:00", "2026-04-28 10:00"}, // Friday before a Monday off
		{"5wd", "2026-05-06 10:00", "2026-05-13 10:00"},
	} {
		p, err := config.ParsePeriod(c.period)
		if err != nil {
			t.Fatal(err)
		}
		from, err := time.ParseInLocation("2006-01-02 15:04", c.from, zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.After(from, kingsDay).Format("2006-01-02 15:04"); got != c.to {
			t.Errorf("%s after %s is %s, want %s", c.period, c.from, got, c.to)
		}
	}
}
