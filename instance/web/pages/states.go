// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"html/template"

	"polder/instance/web/pictures"
)

// stateClass colours the state of a consultation.
func stateClass(state string) string {
	switch state {
	case "open":
		return "yes"
	case "announced", "review", "answering":
		return "info"
	case "suspended":
		return "part"
	case "cancelled":
		return "no"
	}
	return ""
}

// statusClass colours the status of a count.
func statusClass(status string) string {
	switch status {
	case "final":
		return "yes"
	case "provisional", "interim":
		return "info"
	case "corrected":
		return "part"
	case "withdrawn":
		return "no"
	}
	return ""
}

func outcomeClass(outcome string) string {
	switch outcome {
	case "adopted", "alreadyDone":
		return "yes"
	case "partly", "underStudy":
		return "part"
	case "not":
		return "no"
	}
	return "info"
}

// coverage is the sentence of aggregation.md 7.5.
func (w words) coverage(c Coverage) string {
	return w.T("coverage.sentence", "n", c.Reported, "m", c.Expected)
}

func (w words) overviewTitle(v OverviewView) string {
	if v.Home {
		return w.T("overview.title", "area", w.site.Area)
	}
	return w.T("result") + ": " + v.Title.Text
}

func overviewSection(v OverviewView) string {
	if v.Home {
		return "home"
	}
	return "consultations"
}

// memberState draws the badge of an area: word and colour.
func (w words) memberState(m MemberRow) template.HTML {
	class := map[string]string{
		MemberFinal: "yes", MemberProvisional: "info", MemberInterim: "info", MemberCorrected: "part",
		MemberMissing: "part", MemberDisputed: "no", MemberInvalid: "no",
	}[m.Status]
	if class != "" {
		class = " app-tag--" + class
	}
	return template.HTML(`<span class="app-tag` + class + `">` + template.HTMLEscapeString(w.T("member."+m.Status)) + `</span>`)
}

func memberSignals(members []MemberRow) bool {
	for _, m := range members {
		if len(m.Signal) > 0 {
			return true
		}
	}
	return false
}

// linkState draws how well a peer answers.
func (w words) linkState(link string) template.HTML {
	class := ""
	if link != "ok" {
		class = " app-state--" + template.HTMLEscapeString(link)
	}
	return template.HTML(`<span class="app-state` + class + `">` + template.HTMLEscapeString(w.T("link."+link)) + `</span>`)
}

// refusal explains a reason code of the peer log, if the catalogue knows it.
func (w words) refusal(r Refusal) string {
	if key := "refusal." + r.Code; w.Has(key) {
		return w.T(key)
	}
	return r.Detail
}

// peers lists everybody around an instance: nation, parent, members by name.
func (s NetworkState) peers() (out []Peer) {
	for _, p := range []*Peer{s.Nation, s.Parent} {
		if p != nil {
			out = append(out, *p)
		}
	}
	return append(out, s.Members...)
}

// evidence names the peers with unresolved Evidence.
func (s NetworkState) evidence() (names []string) {
	for _, p := range s.peers() {
		if p.Evidence > 0 {
			names = append(names, p.Name)
		}
	}
	return names
}

// networkPicture puts this instance in the middle, unless it is a leaf.
func (w words) networkPicture(s NetworkState) template.HTML {
	node := func(p Peer, me bool) *pictures.Node {
		n := pictures.Node{Name: p.Name, Link: p.Link, Me: me, Sub: w.T("link." + p.Link)}
		if me {
			n.Sub = w.T("network.here")
		}
		return &n
	}
	picture := pictures.Network{}
	if !w.site.umbrella() && s.Parent != nil {
		picture.Middle = node(*s.Parent, false)
		if s.Nation != nil {
			picture.Top = node(*s.Nation, false)
		}
		picture.Leaves = append(picture.Leaves, *node(s.Self, true))
		return pictures.NetworkPicture(w.Printer, picture)
	}
	picture.Middle = node(s.Self, true)
	switch {
	case s.Parent != nil:
		picture.Top = node(*s.Parent, false)
	case s.Nation != nil:
		picture.Top = node(*s.Nation, false)
	}
	for _, m := range s.Members {
		picture.Leaves = append(picture.Leaves, *node(m, false))
	}
	return pictures.NetworkPicture(w.Printer, picture)
}
