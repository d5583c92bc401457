// SPDX-License-Identifier: EUPL-1.2

package pages

// menuItem is one entry of a menu; Key is compared with the page's section.
type menuItem struct {
	Key   string
	Label string // catalogue key
	URL   string
}

// menu is the main menu of an instance.
func (s Site) menu() []menuItem {
	if s.umbrella() {
		return []menuItem{
			{"home", "menu.overview", "/"},
			{"consultations", "menu.consultations", "/consultations"},
			{"network", "menu.members", "/members"},
			{"verification", "menu.verification", "/about/verification"},
		}
	}
	return []menuItem{
		{"home", "home", "/"},
		{"consultations", "menu.consultations", "/consultations"},
		{"network", "network", "/network"},
		{"verification", "menu.verification", "/about/verification"},
	}
}

// umbrella reports whether the instance adds up others.
func (s Site) umbrella() bool { return s.Level == "province" || s.Level == "nation" }

// networkURL is where the members or the network of this instance are listed.
func (s Site) networkURL() string {
	if s.umbrella() {
		return "/members"
	}
	return "/network"
}

// staffMenu leaves out what the viewer may not read.
func staffMenu(v Viewer) []menuItem {
	list := []menuItem{
		{"staff", "menu.staff.home", "/staff"},
		{"staff-consultations", "menu.consultations", "/staff/consultations"},
		{"staff-joint", "staff.joint", "/staff/joint"},
		{"staff-members", "staff.members", "/staff/members"},
		{"staff-deliveries", "staff.deliveries", "/staff/deliveries"},
		{"staff-refusals", "staff.refusals", "/staff/refusals"},
		{"staff-peers", "staff.peers", "/staff/peers"},
	}
	if v.Accounts {
		list = append(list, menuItem{"staff-accounts", "staff.accounts", "/staff/accounts"})
	}
	if v.Audit {
		list = append(list, menuItem{"staff-audit", "staff.audit", "/staff/audit"})
	}
	return append(list, menuItem{"staff-account", "staff.account", "/staff/account"})
}

// language is one entry of the language switch, named in itself.
type language struct{ Code, Name string }

func (s Site) languages() (out []language) {
	names := map[string]string{"nl": "Nederlands", "en": "English", "fy": "Frysk"}
	for _, code := range s.Languages {
		out = append(out, language{code, names[code]})
	}
	return out
}

// crumb trail: pairs of text and address, the last address empty.
func crumbs(pairs ...string) (out []Link) {
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, Link{Text: pairs[i], URL: pairs[i+1]})
	}
	return out
}
