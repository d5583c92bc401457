// SPDX-License-Identifier: EUPL-1.2

package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time, written "30s", "5m", "1h30m" or "7d"; a day is
// 24 hours.
type Duration time.Duration

// Std is d for the standard library.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// ParseDuration reads what String writes.
func ParseDuration(s string) (Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := count(days)
		if err != nil || n > 36_500 {
			return 0, fmt.Errorf("%q is no number of days like 7d", s)
		}
		return Duration(n) * Duration(24*time.Hour), nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no duration like 30s, 5m, 6h or 7d", s)
	}
	return Duration(d), nil
}

// String writes whole days from two on as days, and drops zero minutes and
// seconds.
func (d Duration) String() string {
	const day = Duration(24 * time.Hour)
	if d >= 2*day && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	s := time.Duration(d).String()
	if cut, ok := strings.CutSuffix(s, "m0s"); ok {
		s = cut + "m"
	}
	if cut, ok := strings.CutSuffix(s, "h0m"); ok {
		s = cut + "h"
	}
	return s
}

// Period is a number of calendar days, written "42d", or of working days,
// written "1wd": Monday to Friday without holidays.
type Period struct {
	Days int
	Work bool
}

// ParsePeriod reads what String writes.
func ParsePeriod(s string) (Period, error) {
	days, work := strings.CutSuffix(s, "wd")
	if !work {
		var ok bool
		if days, ok = strings.CutSuffix(s, "d"); !ok {
			return Period{}, fmt.Errorf("%q is no period like 42d or 1wd", s)
		}
	}
	n, err := count(days)
	if err != nil || n < 1 || n > 36_500 {
		return Period{}, fmt.Errorf("%q is no period like 42d or 1wd", s)
	}
	return Period{Days: n, Work: work}, nil
}

// String writes p as in the file.
func (p Period) String() string {
	if p.Work {
		return strconv.Itoa(p.Days) + "wd"
	}
	return strconv.Itoa(p.Days) + "d"
}

// After is the same wall-clock time that many days later, in the zone of t.
// Working days skip Saturdays, Sundays and the days for which holiday is true;
// holiday may be nil.
func (p Period) After(t time.Time, holiday func(time.Time) bool) time.Time {
	if !p.Work {
		return t.AddDate(0, 0, p.Days)
	}
	for n := 0; n < p.Days; {
		t = t.AddDate(0, 0, 1)
		free := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
		if !free && (holiday == nil || !holiday(t)) {
			n++
		}
	}
	return t
}

// Rate is a number of events per length of time, written "20/s" or "5/15m".
type Rate struct {
	N   int
	Per time.Duration
}

// ParseRate reads what String writes.
func ParseRate(s string) (Rate, error) {
	bad := fmt.Errorf("%q is no rate like 20/s or 5/15m", s)
	number, per, ok := strings.Cut(s, "/")
	n, err := count(number)
	if !ok || err != nil || n < 1 {
		return Rate{}, bad
	}
	if per != "" && strings.Trim(per, "smhd") == "" {
		per = "1" + per // "20/s" is 20 in 1s
	}
	d, err := ParseDuration(per)
	if err != nil || d <= 0 {
		return Rate{}, bad
	}
	return Rate{N: n, Per: d.Std()}, nil
}

// String writes r as in the file.
func (r Rate) String() string {
	per := Duration(r.Per).String()
	if len(per) == 2 && per[0] == '1' {
		per = per[1:]
	}
	return strconv.Itoa(r.N) + "/" + per
}

// count reads digits only.
func count(s string) (int, error) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.Atoi(s)
}
