// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"net/url"

	"polder/instance"
	"polder/instance/web/pages"
)

var fingerprint = pages.Fingerprint{Role: "tally", Key: "3f1c 22aa 91be 07d4 0c9d e1c4 a8b2 51aa 90f3 77d0 4c11 77ab 8d21 1f00 c0de aa07"}

var staffRow = pages.StaffRow{Slug: "taxi", Title: nl("Hoe regelen we taxi’s en deelritten?"), State: "review", Author: "anna", Joint: true, Convener: "Landelijk punt", ClosesAt: day(12, 5, 20)}

func staffConsultation() pages.StaffConsultationView {
	return pages.StaffConsultationView{
		StaffRow: staffRow, Summary: nl("Welke regels moeten gelden?"), Missing: []string{"offlineWays", "legalBasis"},
		Allowed:      []string{"edit", "submit", "approve", "return", "codes", "publish", "extend", "close", "suspend", "resume", "cancel"},
		SecondPerson: true, Pending: "close", PendingBy: "bert", SoonStart: true, Action: "extend",
		Form:      refusedForm("closes", "error.only-later", url.Values{"closes": {"2026-12-01T20:00"}, "reason": {"Meer tijd"}}),
		Questions: 20, Talk: true, Waiting: 3, OpensAt: day(11, 2, 8), Issued: 25400, Used: 1842, Public: true,
		Members:   []pages.JoiningRow{{Area: "GM0080", Name: "Leeuwarden", URL: "https://leeuwarden.example", State: "adopted", Changed: day(11, 1, 9)}, {Area: "GM0072", Name: "Harlingen", State: "declined", Reason: nl("Geen tijd")}},
		Tallies:   []pages.TallyRow{{URL: signed.URL, Status: "interim", Revision: 1795510800123, Published: day(11, 24, 9), To: "Landelijk punt", Answer: "rejected", Code: "F203", Detail: "/questions/0"}},
		Deadlines: []pages.Deadline{{Key: "closesAt", At: day(12, 5, 20)}, {Key: "tallyBy", At: day(12, 12, 20)}, {Key: "objectionUntil", At: day(12, 26, 20)}, {Key: "answerDueAt", At: day(12, 28, 20)}, {Key: "opensAt", At: day(11, 2, 8)}},
	}
}

func draft() pages.DraftView {
	return pages.DraftView{
		Slug: "taxi", Questions: 2, Phases: 3, Levels: []string{"open", "fediverse", "code", "paper"}, Returned: "De einddatum klopt niet.",
		Members: []pages.Choice{{Value: "GM0080", Label: "Leeuwarden"}, {Value: "GM0072", Label: "Harlingen"}},
		Form: pages.Form{
			Values: url.Values{
				"title-nl": {"Hoe regelen we taxi’s?"}, "question": {"Welke regels moeten gelden?"}, "participationLevel": {"advise"}, "body": {"raad"},
				"levels": {"open", "code"}, "official": {"code"}, "results": {"afterClose"}, "k": {"10"}, "phase1-kind": {"vote"}, "phase1-start": {"2026-11-02T08:00"},
				"q1-kind": {"statement"}, "q1-text-nl": {"De passagier moet vooraf de prijs weten."}, "q2-kind": {"approval"}, "q2-options-nl": {"A\nB"}, "q2-max": {"2"}, "joint": {"yes"}, "member": {"GM0080"}, "instrument": {"both"}, "talk-nl": {"Wat vindt u?"}, "seeds": {"De meter blijft.\nkort"},
			},
			Problems: []pages.Problem{pages.Wrong("title-nl", "form.toolong", "n", 120), pages.Wrong("official", "cause.official-levels-overlap"), pages.Wrong("seeds", "draft.seeds.line", "line", 2, "n", 4), pages.Wrong("seeds", "draft.seeds.same", "line", 2, "first", 1), pages.Wrong("instrument", "draft.instrument.rest"), pages.Wrong("seeds", "draft.seeds.few", "n", 5), pages.Wrong("", "cause.definition-missing")},
		},
	}
}

func memberItems() pages.MembersView {
	ceremony := []string{"3f1c", "22aa", "", "07d4", "0c9d", "e1c4", "a8b2", "51aa", "90f3", "77d0", "", "77ab", "8d21", "1f00", "c0de", "aa07"}
	return pages.MembersView{
		Self: []pages.Fingerprint{fingerprint}, Parent: true, For: "m2", Action: "suspend",
		Form: refusedForm("reason", "error.reason-needed", nil),
		Members: []pages.MemberItem{
			{ID: "m1", Peer: pages.Peer{Name: "Leeuwarden", URL: "https://leeuwarden.example", Link: "ok", Membership: "requested"}, Role: "member", Ceremony: ceremony, Actions: []string{"accept", "decline"}},
			{ID: "m2", Peer: pages.Peer{Name: "Harlingen", URL: "https://harlingen.example", Link: "late", Membership: "active", Evidence: 1}, Role: "member", Since: day(10, 1, 8), Reason: nl("Reden"), Actions: []string{"suspend", "expel"}},
			{ID: "m3", Peer: pages.Peer{Name: "Landelijk punt", URL: "https://nederland.example", Link: "down", Membership: "suspended"}, Role: "parent", Actions: []string{"resume", "leave"}},
		},
	}
}

func jointInvitations() pages.JointView {
	invitation := pages.JointInvitation{
		ID: "j1", Title: nl("Hoe regelen we taxi’s?"), Convener: pages.Link{Text: "Landelijk punt", URL: "https://nederland.example"}, URL: "https://nederland.example/consultations/taxi",
		Digest: "sha256:b07e", Matches: true, State: "received", OpensAt: day(11, 2, 8), ClosesAt: day(12, 5, 20), Questions: []pages.Text{nl("Vraag een"), nl("Vraag twee")}, Official: onCode, Received: day(10, 1, 8),
	}
	broken := invitation
	broken.ID, broken.Matches = "j2", false
	return pages.JointView{Invitations: []pages.JointInvitation{invitation, broken}, For: "j1", Form: refusedForm("context", "form.toolong", url.Values{"context": {"Bij ons rijden veel taxi’s."}})}
}

func dashboard() pages.DashboardView {
	keys := []string{"approve", "returned", "joint", "membership", "deadletters", "disputed", "close", "answer", "statements"}
	v := pages.DashboardView{Consultations: []pages.StaffRow{staffRow}, Deliveries: pages.QueueFigures{Waiting: 3, Dead: 1}, Refused: 2, NoContact: true, Guard: true, Dev: true}
	for i, k := range keys {
		task := pages.Task{Key: k, Name: "Leeuwarden", URL: "/staff/" + k}
		if i%2 == 0 {
			task.Due = day(12, i+1, 9)
		}
		v.Tasks = append(v.Tasks, task)
	}
	return v
}

func accounts() pages.AccountsView {
	return pages.AccountsView{For: "oud", Form: refusedForm("", "account.last-admin", url.Values{"role": {"editor"}}), Rows: []pages.AccountRow{
		{Username: "anna", Mail: "a...@stadskanaal.example", Roles: []string{"editor", "projectLead"}, Form: pages.Form{Values: url.Values{"role": {"editor", "projectLead"}}}, Factor: true, LastSeen: now},
		{Username: "oud", Roles: []string{"admin"}, Disabled: true},
	}}
}

func peers() pages.PeersView {
	return pages.PeersView{Edit: true, Form: refusedForm("host", "peers.host", url.Values{"host": {"?"}, "policy": {"block"}}), Rows: []pages.PeerPolicyRow{
		{Host: "leeuwarden.example", Policy: "allow", Capable: true, LastSeen: now, Delivered: 1842}, {Host: "weg.example", Policy: "block", Failed: 3},
	}}
}

func preview() pages.PreviewView {
	v := pages.PreviewView{Slug: "taxi", Title: nl("Hoe regelen we taxi’s?"), State: "review", Members: []string{"Leeuwarden", "Harlingen"}}
	v.Seeds = []pages.Text{nl("De meter blijft."), {Text: "De priis is foarôf bekend.", Lang: "fy"}}
	v.Fields = []pages.PreviewField{{N: 1, Name: "question", Lines: []pages.Text{nl("Welke regels moeten gelden?")}}, {N: 2, Name: "whyNow"}}
	v.Questions = []pages.PreviewQuestion{{Text: nl("De prijs moet vooraf bekend zijn."), Kind: "statement", Max: 1}, {Text: nl("Wat vindt u van deze stellingen?"), Kind: "statements", Max: 1}, {Text: nl("Wat eerst?"), Kind: "approval", Max: 2, Options: []pages.Text{nl("A"), nl("B")}}}
	return v
}

// pinning is a membership that this side proposed and whose key has to be
// compared.
func pinning() pages.MemberItem {
	m := memberItems().Members[0]
	m.Membership, m.Actions = "accepted", []string{"pin"}
	return m
}

func deliveries() pages.DeliveriesView {
	return pages.DeliveriesView{
		Figures: pages.QueueFigures{Waiting: 3, Dead: 1, Oldest: day(11, 23, 8)},
		Peers:   []pages.PeerQueue{{Host: "leeuwarden.example", Waiting: 3, Attempts: 4, Next: day(11, 23, 10), LastOK: day(11, 23, 7), LastError: "dial tcp: connection refused", Breaker: true}, {Host: "harlingen.example"}},
		Dead:    []pages.DeadLetter{{ID: "d1", Host: "weg.example", Activity: "Create", Object: signed.URL, GivenUp: day(11, 22, 7), Attempts: 8, LastError: "404"}},
	}
}

func charter() pages.CharterView {
	return pages.CharterView{
		Slug: "taxi", Title: nl("Hoe regelen we taxi’s en deelritten?"), State: "open", Digest: "sha256:b07e0000", DefinitionURL: "/consultations/taxi/definition",
		Fields: pages.Charter{
			Question: nl("Welke regels moeten gelden?"), WhyNow: nl("De wet verandert."), CanChange: nl("De regels."), IsFixed: nl("De wet."), Level: "consult", Body: "college", Role: nl("wethouder Verkeer"),
			FormalLink: "noneYet", DecisionDate: day(12, 30, 0), Areas: []string{"Stadskanaal", "Leeuwarden", "Harlingen"}, MinAge: 16, RollDate: day(11, 1, 0), Levels: []string{"open", "fediverse", "code"}, Phases: steps[:3],
			Official: onCode, Weighing: nl("Wij tellen elke stem één keer."), K: 10, Results: "afterClose", OfflineWays: nl("Balie"), Contact: nl("participatiemedewerker"), Mail: "denkmee@stadskanaal.example", Phone: "14 0599",
			PrivacyURL: "/privacy", PrivacyBasis: nl("Algemeen belang"), Retention: nl("Tot de uitslag vaststaat"), LegalBasis: "ordinance", LegalArticle: "3", LegalWhy: nl("Het plan raakt alle inwoners."),
		},
	}
}

// examples lists every page in its fullest form and its empty or refused forms.
func examples() []example {
	ok := &pages.Notice{Kind: "ok", Message: pages.Msg("code.ok")}
	closing := results()
	closing.Ballots, closing.Turnout, closing.Questions = true, nil, []pages.QuestionResult{{ID: "s1", Number: 1, Text: nl("Vraag"), Official: []pages.Stratum{{Levels: onCode, Ballots: 40}}, HiddenSignal: true}}
	closing.State.Status, closing.Withheld, closing.Hidden, closing.Correction = "corrected", true, onFedi, &pages.Correction{Reason: "late-paper", URL: "https://stadskanaal.example/tallies/0"}
	all := consultation(card(pages.CardBallot), "open")
	all.All = statements
	wrongCard := card(pages.CardBallot)
	wrong := pages.Msg("vote.error")
	wrongCard.Error, wrongCard.Saved, wrongCard.Official, wrongCard.Level, wrongCard.Question = &wrong, "", true, "code", &statements[2]
	paused := consultation(card(pages.CardPaused), "suspended")
	paused.Reason, paused.Turnout = nl("Er is een storing."), -1
	country := overview(true)
	country.MapURL, country.Measure = "/map.svg", "status"
	out := []example{
		{Name: "home", Site: municipality, View: pages.HomeView{Open: cards[:2], Planned: cards[2:], Counting: []pages.ConsultationCard{{Slug: "oud", Title: nl("Oude vraag"), State: "answering", Result: "provisional", Ballots: 90, Questions: 1}, {Slug: "ouder", Title: nl("Oudere vraag"), State: "decided", Ballots: -1, Questions: 1}},
			Answered: []pages.Answered{{Slug: "bieb", Title: nl("Langere openingstijden van de bibliotheek"), Outcome: "adopted", Text: nl("De raad besloot: ook open op zondag."), Days: 19}, {Slug: "fiets", Title: nl("Nieuwe fietsroute naar school"), Outcome: "partly", Text: nl("De route komt er. De verlichting volgt later."), Days: 1}, {Slug: "vuur", Title: nl("Vuurwerkvrije zone"), Outcome: "not", Text: nl("De raad kiest voor twee vaste plekken."), Days: 24}}}, Notice: ok},
		{Name: "home-empty", Site: municipality, View: pages.HomeView{}},
		{Name: "consultations", Site: municipality, View: pages.ListView{State: "open", Cards: cards}},
		{Name: "consultation", Site: municipality, View: consultation(card(pages.CardBallot), "open"), Notice: ok},
		{Name: "consultation-error", Site: municipality, View: consultation(wrongCard, "open")},
		{Name: "consultation-all", Site: municipality, View: all},
		{Name: "consultation-paused", Site: municipality, View: paused},
		{Name: "votes", Site: municipality, View: pages.VotesView{Slug: "taxi", Title: nl("Taxi’s"), Level: "open", Open: true, Ways: ways, Votes: []pages.OwnVote{{Question: "s1", Number: 1, Kind: "statement", Text: statements[0].Text, Choices: statementOptions[:1], Level: "open"}, {Question: "s4", Number: 4, Kind: "approval", Text: statements[3].Text, Choices: statements[3].Options[:2], Level: "open"}, {Question: "s3", Number: 3, Kind: "single", Text: statements[2].Text, Level: "open"}}}},
		{Name: "votes-empty", Site: municipality, View: pages.VotesView{Slug: "taxi", Title: nl("Taxi’s")}},
		{Name: "charter", Site: municipality, View: charter()},
		{Name: "results", Site: municipality, View: results()},
		{Name: "results-closing", Site: municipality, View: closing},
		{Name: "overview-province", Site: province, View: overview(true)},
		{Name: "overview-results", Site: province, View: overview(false)},
		{Name: "overview-nation", Site: nation, View: country},
		{Name: "overview-empty", Site: province, View: pages.OverviewView{Home: true}},
		{Name: "network", Site: province, View: pages.NetworkView{State: network}},
		{Name: "network-leaf", Site: municipality, View: pages.NetworkView{State: pages.NetworkState{Self: pages.Peer{Name: "Stadskanaal"}, Parent: &pages.Peer{Name: "Groningen", Link: "ok", Membership: "active", Evidence: 1}, Nation: &pages.Peer{Name: "Landelijk", Link: "late"}}}},
		{Name: "code", Site: municipality, View: pages.CodeView{Form: refusedForm("code", "code.wrong", url.Values{"code": {"k7qx 4m2p"}, "next": {"/consultations/taxi"}}), Consultations: []pages.Choice{{Value: "taxi", Label: "Hoe regelen we taxi’s en deelritten?"}, {Value: "zon", Label: "Zonnepanelen"}}}},
		{Name: "code-one", Site: municipality, View: pages.CodeView{Consultations: []pages.Choice{{Value: "taxi", Label: "Taxi’s"}}}},
		{Name: "code-none", Site: municipality, View: pages.CodeView{}},
		{Name: "login", Site: municipality, View: pages.LoginView{Form: refusedForm("", "login.wrong", url.Values{"username": {"anna"}})}},
		{Name: "login-ways", Site: municipality, View: pages.LoginView{Ways: &ways}},
		{Name: "factor", Site: municipality, View: pages.FactorView{Name: "anna", Form: refusedForm("totp", "factor.wrong", nil)}},
		{Name: "verification", Site: municipality, View: pages.VerificationView{Verify: "polder verify tally https://stadskanaal.example/consultations/taxi", Fingerprints: []pages.Fingerprint{fingerprint}}},
		{Name: "accessibility", Site: municipality, View: pages.AccessibilityView{Status: "B", Date: day(10, 1, 0), Report: "https://stadskanaal.example/rapport"}},
		{Name: "privacy", Site: municipality, View: pages.PrivacyView{}},
		{Name: "rules", Site: municipality, View: pages.RulesView{}},
		{Name: "data", Site: municipality, View: pages.DataView{Slug: "taxi", Title: nl("Hoe regelen we taxi’s en deelritten?"), K: 10, Files: instance.DataNames}},
		{Name: "data-none", Site: municipality, View: pages.DataView{Slug: "taxi", Title: nl("Hoe regelen we taxi’s en deelritten?"), K: 10}},
		{Name: "staff", Site: municipality, View: dashboard(), Staff: true},
		{Name: "staff-empty", Site: municipality, View: pages.DashboardView{}, Staff: true},
		{Name: "staff-consultations", Site: municipality, View: pages.StaffListView{Rows: []pages.StaffRow{staffRow}}, Staff: true},
		{Name: "staff-consultation", Site: municipality, View: staffConsultation(), Staff: true},
		{Name: "staff-draft", Site: municipality, View: draft(), Staff: true},
		{Name: "staff-draft-new", Site: municipality, View: pages.DraftView{}, Staff: true},
		{Name: "staff-members", Site: province, View: memberItems(), Staff: true},
		{Name: "staff-joint", Site: municipality, View: jointInvitations(), Staff: true},
		{Name: "staff-deliveries", Site: municipality, View: deliveries(), Staff: true},
		{Name: "staff-refusals", Site: municipality, View: pages.RefusalsView{Host: "weg.example", Rows: []pages.Refusal{{At: now, Host: "weg.example", Actor: "https://weg.example/u", Activity: "Create", Code: "host-cap"}, {At: now, Host: "weg.example", Activity: "Create", Code: "x1", Detail: "other"}}, Older: "/staff/refusals?before=2026-11-01T00:00:00Z"}, Staff: true},
		{Name: "staff-accounts", Site: municipality, View: accounts(), Staff: true},
		{Name: "staff-accounts-made", Site: municipality, View: pages.AccountsView{Made: &pages.Enrolled{Username: "bert", OTPAuth: "otpauth://totp/Stadskanaal:bert?secret=ABC", Codes: []string{"abcd-efgh", "ijkl-mnop"}}}, Staff: true},
		{Name: "staff-account", Site: municipality, View: pages.OwnAccountView{Row: accounts().Rows[0], Form: refusedForm("again", "account.again", nil)}, Staff: true},
		{Name: "staff-peers", Site: municipality, View: peers(), Staff: true},
		{Name: "staff-peers-read", Site: municipality, View: pages.PeersView{}, Staff: true},
		{Name: "staff-audit", Site: municipality, View: pages.AuditView{Rows: []pages.AuditRow{{Seq: 1842, At: now, Actor: "anna", Action: "consultation.approve", Target: "taxi", Hash: "b07e"}}, Older: "/staff/audit?before=1842"}, Staff: true},
		{Name: "staff-audit-empty", Site: municipality, View: pages.AuditView{}, Staff: true},
		{Name: "staff-preview", Site: municipality, View: preview(), Staff: true},
		{Name: "staff-members-ask", Site: municipality, View: pages.MembersView{Ask: "https://groningen.example", Members: []pages.MemberItem{pinning()}}, Staff: true},
	}
	out = append(out, deskLists()...)
	for _, state := range []string{pages.CardDone, pages.CardPlanned, pages.CardClosed, pages.CardLevel, pages.CardWait} {
		out = append(out, example{Name: "consultation-" + state, Site: municipality, View: consultation(card(state), "announced")})
	}
	for _, code := range []string{"invalid", "unauthorized", "forbidden", "not_found", "conflict", "gone", "too_large", "unsupported", "limited", "internal", "unavailable"} {
		out = append(out, example{Name: "error-" + code, Site: municipality, View: pages.ErrorView{Code: code, RequestID: "0193-7c1a", Retry: 60}})
	}
	return append(append(out, opinionExamples()...), talkExamples()...)
}

// desk is a queue: a statement from elsewhere whose rejection was refused, and
// one beside which two look like it.
func desk() pages.DeskView {
	near := []pages.DeskRow{{ID: "n4", Number: 4, Text: nl("De passagier weet de prijs vooraf."), State: "visible"}, {ID: "p9", Text: pages.Text{Text: "De priis is foarôf bekend.", Lang: "fy"}, State: "pending"}}
	return pages.DeskView{
		Slug: "taxi", Title: nl("Hoe regelen we taxi’s?"), State: "open", List: pages.DeskPending, Page: 2,
		Lists:  []pages.DeskList{{Name: "pending", N: 120}, {Name: "appeals", N: 1}, {Name: "visible", N: 40}, {Name: "hidden"}, {Name: "merged", N: 2}, {Name: "rejected", N: 9}, {Name: "withdrawn"}},
		Before: "/staff/consultations/taxi/statements?list=pending", After: "/staff/consultations/taxi/statements?list=pending&page=3",
		Locked: true, LockReason: "Eerst rust.", SeedsFirst: true, Languages: []pages.Choice{{Value: "nl", Label: "Nederlands"}, {Value: "fy", Label: "Frysk"}},
		For: "p1", Action: "reject", Form: refusedForm("reason", "error.statement-reason", url.Values{"text": {"Dit gaat over een persoon."}}),
		Rows: []pages.DeskRow{
			{ID: "p1", Text: nl("De prijs van een taxi moet vooraf bekend zijn."), Language: "Nederlands", State: "pending", Fediverse: "https://elders.example/@ann/1", Created: now, Similar: near, Actions: []string{"approve", "reject", "merge", "edit"}},
			{ID: "p2", Text: pages.Text{Text: "Foarôf witte wat it kostet.", Lang: "fy"}, Language: "Frysk", State: "pending", Offered: true, Created: now, Reason: "spam", ReasonText: "dubbel", Decided: now},
		},
	}
}

func deskLists() (out []example) {
	visible := desk()
	visible.List, visible.Locked, visible.SeedsFirst, visible.For, visible.Action = pages.DeskVisible, false, false, "", "lock"
	visible.Form, visible.Before, visible.After = refusedForm("reason", "error.reason-needed", nil), "", ""
	visible.Rows = []pages.DeskRow{{ID: "v1", Number: 1, Seed: true, Voted: true, Text: nl("De meter blijft."), State: "visible", Created: now, Actions: []string{"hide", "merge", "meta"}},
		{ID: "v2", Number: 2, Meta: true, Text: nl("Deze vraag deugt niet."), State: "visible", Created: now, Actions: []string{"hide", "merge", "edit", "opinion"}}}
	appeals := desk()
	appeals.List, appeals.For, appeals.Action = pages.DeskAppeals, "r1", "uphold"
	appeals.Form = refusedForm("text", "error.reason-needed", nil)
	appeals.Rows = []pages.DeskRow{{ID: "r1", Text: nl("Taxi’s zijn te duur."), State: "rejected", Reason: "offTopic", Created: now, Decided: now, Appeal: "Het gaat wél over de vraag.", AppealAt: now, Actions: []string{"grant", "uphold"}},
		{ID: "r2", Text: nl("Taxi’s zijn te traag."), State: "rejected", Reason: "offTopic", Created: now, Decided: now, Appeal: "Kijk nog eens.", AppealAt: now, Own: true}}
	merged := desk()
	merged.List, merged.Ended, merged.Convener, merged.Locked, merged.For, merged.Action, merged.Form = pages.DeskMerged, true, "Landelijk punt", false, "", "", pages.Form{}
	merged.Rows = []pages.DeskRow{{ID: "m1", Number: 7, Text: nl("Prijs vooraf."), State: "merged", Reason: "duplicate", Into: &pages.DeskRow{ID: "n4", Number: 4, Text: nl("De passagier weet de prijs vooraf."), State: "visible"}, Created: now, Decided: now},
		{ID: "m2", Number: 8, Text: nl("Iets verborgens."), State: "hidden", Created: now, Decided: now, Actions: []string{"restore"}}}
	for name, v := range map[string]pages.DeskView{"staff-statements": desk(), "staff-statements-visible": visible, "staff-statements-appeals": appeals, "staff-statements-ended": merged,
		"staff-statements-empty": {List: pages.DeskPending, State: "open", Title: nl("Taxi’s"), Page: 1}} {
		out = append(out, example{Name: name, Site: municipality, View: v, Staff: true})
	}
	return out
}
