// SPDX-License-Identifier: EUPL-1.2

package consensus

import "time"

// Delay is a span of time in a rule: whole calendar years and days, which keep
// the wall-clock time over a change of summer time, or an exact span, which
// only an instance started with -dev uses.
type Delay struct {
	Years int           `json:"years,omitempty"`
	Days  int           `json:"days,omitempty"`
	Exact time.Duration `json:"exact,omitempty"` // nanoseconds
}

// Days is a Delay of n calendar days.
func Days(n int) Delay { return Delay{Days: n} }

// Exactly is a Delay of an exact span.
func Exactly(d time.Duration) Delay { return Delay{Exact: d} }

// After is t plus the delay. Years and days are counted in zone; the result is UTC.
func (d Delay) After(t time.Time, zone *time.Location) time.Time {
	return t.In(zone).AddDate(d.Years, 0, d.Days).Add(d.Exact).UTC()
}

// IsZero reports whether the delay was left out.
func (d Delay) IsZero() bool { return d == Delay{} }

// Clocks are the terms of product.md 4.1 and 10.1. They can be changed by
// ordinance; a consultation keeps those it was announced with.
type Clocks struct {
	Notice     Delay `json:"notice"`     // approval to first phase
	Statutory  Delay `json:"statutory"`  // least length of the open phases under awb34
	Answer     Delay `json:"answer"`     // input end to answer
	Extension  Delay `json:"extension"`  // longest extension of the answer
	TallyBy    Delay `json:"tallyBy"`    // input end to the last reports
	Objection  Delay `json:"objection"`  // tallyBy to objectionUntil
	Survey     Delay `json:"survey"`     // shortest run of the evaluation survey
	Evaluation Delay `json:"evaluation"` // start of follow-up to evaluation
	Rest       Delay `json:"rest"`       // evaluated to closed at the latest
}

// DefaultClocks are the terms of the specification.
func DefaultClocks() Clocks {
	return Clocks{
		Notice: Days(7), Statutory: Days(42), Answer: Days(42), Extension: Days(28), TallyBy: Days(7),
		Objection: Days(14), Survey: Days(14), Evaluation: Days(60), Rest: Delay{Years: 2},
	}
}

// Reminders are the moments at which the responsible role is reminded of an
// answer: at 50, 80 and 100 % of the time between start and due, in whole days
// of zone if it is at least one day. For 42 days: days 21, 34 and 42. After due
// it is reminded weekly; see NextReminder.
func Reminders(start, due time.Time, zone *time.Location) [3]time.Time {
	var at [3]time.Time
	days := civilDays(start, due, zone)
	for i, percent := range []int{50, 80, 100} {
		if days < 1 {
			at[i] = start.Add(due.Sub(start) * time.Duration(percent) / 100)
			continue
		}
		at[i] = Days((days*percent+99)/100).After(start, zone)
	}
	return at
}

// NextReminder is the first reminder after now.
func NextReminder(start, due, now time.Time, zone *time.Location) time.Time {
	for _, at := range Reminders(start, due, zone) {
		if at.After(now) {
			return at
		}
	}
	weeks := civilDays(due, now, zone)/7 + 1
	next := Days(7*weeks).After(due, zone)
	if !next.After(now) {
		next = Days(7*(weeks+1)).After(due, zone)
	}
	return next
}

// DaysLate is the number of whole days that due has passed in zone, 0 if it has
// not: "no answer yet, 12 days late" is public from the first on.
func DaysLate(due, now time.Time, zone *time.Location) int {
	return max(0, civilDays(due, now, zone))
}

// civilDays counts the whole calendar days from a to b in zone: the largest n
// with a plus n days not after b. It is negative when b lies before a.
func civilDays(a, b time.Time, zone *time.Location) int {
	n := int(b.Sub(a).Hours() / 24)
	for Days(n).After(a, zone).After(b) {
		n--
	}
	for !Days(n+1).After(a, zone).After(b) {
		n++
	}
	return n
}
