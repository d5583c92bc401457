// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"fmt"
	"slices"
)

// phaseRow holds the field names of one phase of the draft.
type phaseRow struct {
	N                int
	Kind, Start, End string
	Titles           []titleField
}

type titleField struct{ Name, Lang, LabelOption string }

func (w words) phaseRows(v DraftView) (out []phaseRow) {
	for n := 1; n <= max(v.Phases, 3); n++ {
		base := fmt.Sprintf("phase%d-", n)
		row := phaseRow{N: n, Kind: base + "kind", Start: base + "start", End: base + "end"}
		for _, l := range w.site.languages() {
			row.Titles = append(row.Titles, titleField{base + "title-" + l.Code, l.Code, "label=(" + l.Name + ")"})
		}
		out = append(out, row)
	}
	return out
}

// questionRow holds the field names of one question of the draft.
type questionRow struct {
	N                        int
	Kind, Text, Options, Max string
}

func questionRows(v DraftView) (out []questionRow) {
	for n := 1; n <= max(v.Questions, 1); n++ {
		base := fmt.Sprintf("q%d-", n)
		out = append(out, questionRow{n, base + "kind", base + "text", base + "options", base + "max"})
	}
	return out
}

// staffAction is one form on the page of a consultation.
type staffAction struct {
	Slug, Name      string
	Form            Form
	Reason          bool
	ReasonLabel     string
	Primary, Danger bool
}

// staffActions lists the forms a staff member sees, in a fixed order.
func staffActions(v StaffConsultationView) (out []staffAction) {
	for _, name := range []string{"submit", "approve", "return", "codes", "publish", "extend", "close", "suspend", "resume", "cancel"} {
		if !v.Can(name) {
			continue
		}
		a := staffAction{Slug: v.Slug, Name: name, Form: formFor(name, v.Action, v.Form)}
		a.Reason = slices.Contains([]string{"return", "extend", "close", "suspend", "resume", "cancel"}, name) || name == "approve" && v.SoonStart
		a.Primary = slices.Contains([]string{"submit", "approve"}, name)
		a.Danger = slices.Contains([]string{"cancel", "close", "suspend"}, name)
		if a.Reason && name != "return" {
			a.ReasonLabel = "reason.public.give"
		}
		out = append(out, a)
	}
	return out
}

// memberActions are the actions with a reason, behind a fold; accepting and
// pinning have a form of their own.
func memberActions(m MemberItem) (out []string) {
	for _, a := range m.Actions {
		if a != "accept" && a != "pin" {
			out = append(out, a)
		}
	}
	return out
}
