// SPDX-License-Identifier: EUPL-1.2

package locale

import (
	"fmt"
	"strconv"
	"time"
)

// Date writes a day: "25 november 2026". Empty for the zero time.
func (p *Printer) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.Day(t) + " " + strconv.Itoa(t.In(p.zone).Year())
}

// Day writes a day without its year: "25 november".
func (p *Printer) Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(p.zone)
	return strconv.Itoa(t.Day()) + " " + p.T(fmt.Sprintf("month.%d", t.Month()))
}

// Month writes the short name of a month: "nov".
func (p *Printer) Month(t time.Time) string {
	return p.T(fmt.Sprintf("month.short.%d", t.In(p.zone).Month()))
}

// Clock writes a time of day: "10.42 uur" (nl), "10:42" (en), "10.42 oere" (fy).
func (p *Printer) Clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(p.zone)
	return p.T("clock", "h", strconv.Itoa(t.Hour()), "m", fmt.Sprintf("%02d", t.Minute()))
}

// Moment writes day and time: "25 november 2026, 10.42 uur".
func (p *Printer) Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.Date(t) + ", " + p.Clock(t)
}

// Machine writes t for <time datetime>: RFC 3339 in UTC.
func (p *Printer) Machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }
