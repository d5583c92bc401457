// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"html/template"

	"polder/instance/locale"
	"polder/instance/web/pictures"
)

// marks says how each area is drawn on the map.
func (v OverviewView) marks(p *locale.Printer) map[string]pictures.Mark {
	out := map[string]pictures.Mark{}
	for _, m := range v.Members {
		if m.Status != MemberOutside {
			out[m.Area] = v.mark(p, m)
		}
	}
	return out
}

func (v OverviewView) mark(p *locale.Printer, m MemberRow) pictures.Mark {
	state := p.T("member." + m.Status)
	turnout := m.Turnout()
	switch {
	case m.Status == MemberDisputed:
		return pictures.Mark{Kind: pictures.MarkDisputed, Words: state}
	case !m.Counted && m.Status != MemberWithheld:
		return pictures.Mark{Kind: pictures.MarkMissing, Words: state}
	case turnout < 0:
		return pictures.Mark{Kind: pictures.MarkHidden, Words: p.T("map.hidden")}
	case v.Measure == "status":
		return pictures.Mark{Class: statusShade(m.Status), Words: state}
	}
	return pictures.Mark{Class: pictures.TurnoutClass(turnout), Words: p.T("turnout.label", "share", p.Permille(turnout)) + ", " + state}
}

// statusShade is the map class of a status: final darkest.
func statusShade(status string) int {
	switch status {
	case MemberFinal, MemberCorrected:
		return 5
	case MemberProvisional:
		return 3
	}
	return 1
}

// regionMap draws the province of the site; another area has no map inline.
func (r *Renderer) regionMap(w words, v OverviewView) template.HTML {
	code := r.site.AreaCode
	m, ok := r.maps.Map(code)
	if !ok {
		return ""
	}
	return pictures.RegionMap(w.Printer, m, w.T("map.label", "area", r.site.Area), v.marks(w.Printer))
}
