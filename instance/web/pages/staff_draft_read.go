// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
)

// draftReader reads the form of DraftView. Empty fields are allowed in a draft;
// what is filled in has to be readable.
type draftReader struct {
	values   url.Values
	langs    []string
	zone     *time.Location
	kept     []string // stored statements: imported ones may be longer than a new one
	problems []Problem
}

// readDraft gives the draft that was typed, and what cannot be read in it.
func (s *Staff) readDraft(values url.Values, members []instance.Candidate, kept []string) (instance.Draft, []Problem) {
	r := &draftReader{values: values, langs: s.Pages.Site.Languages, kept: kept, zone: s.Pages.wordsOf(s.Pages.Site.Languages[0]).Zone()}
	d := instance.Draft{Slug: strings.TrimSpace(values.Get("slug")), Title: r.texts("title", 120), Summary: r.texts("summary", 400)}
	if d.Title[r.langs[0]] == "" {
		r.wrong("title-"+r.langs[0], "form.required", "field", s.Pages.wordsOf(s.Pages.Site.Languages[0]).T("draft.name"))
	}
	d.Joint = values.Get("joint") == "yes"
	areas := []string{s.Pages.Service.Options().Area}
	if d.Joint {
		d.Members, areas = chosenMembers(members, values["member"])
		if len(d.Members) == 0 {
			r.wrong("member", "form.choice")
		}
	}
	d.Charter = r.charter(areas)
	d.Definition = r.definition(&d.Charter)
	d.Definition.Questions = s.questions(r)
	d.Seeds = s.conversation(r, &d.Definition)
	return d, r.problems
}

// chosenMembers are the instance actors of the chosen areas, and the areas in
// which people vote.
func chosenMembers(members []instance.Candidate, chosen []string) (actors, areas []string) {
	for _, m := range members {
		if !slices.Contains(chosen, m.Area) {
			continue
		}
		actors = append(actors, m.Actor)
		if m.Level == "municipality" {
			areas = append(areas, m.Area)
		}
	}
	return actors, areas
}

func (r *draftReader) wrong(field, key string, args ...any) {
	r.problems = append(r.problems, Wrong(field, key, args...))
}

func (r *draftReader) text(name string) string {
	return strings.TrimSpace(strings.ReplaceAll(r.values.Get(name), "\r\n", "\n"))
}

// texts reads NAME-L for every language of the site.
func (r *draftReader) texts(name string, most int) map[string]string {
	out := map[string]string{}
	for _, l := range r.langs {
		text := r.text(name + "-" + l)
		if utf8.RuneCountInString(text) > most {
			r.wrong(name+"-"+l, "form.toolong", "n", most)
		}
		if text != "" {
			out[l] = text
		}
	}
	return out
}

func (r *draftReader) number(name string, least, otherwise int) int {
	text := r.text(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > 1_000_000_000 {
		r.wrong(name, "form.number")
		return otherwise
	}
	return n
}

func (r *draftReader) date(name string) string {
	text := r.text(name)
	if _, err := time.Parse(time.DateOnly, text); text != "" && err != nil {
		r.wrong(name, "form.date")
	}
	return text
}

func (r *draftReader) moment(name string) time.Time {
	t, err := parseMoment(r.text(name), r.zone)
	if err != nil {
		r.wrong(name, "form.date")
	}
	return t
}

// parseMoment reads what <input type=datetime-local> sends, with or without
// seconds, in the zone of the instance; zero for an empty text.
func parseMoment(text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", text, zone)
	if err != nil {
		t, err = time.ParseInLocation("2006-01-02T15:04:05", text, zone)
	}
	return t.UTC(), err
}

func (s *Staff) moment(text string) (time.Time, error) {
	return parseMoment(strings.TrimSpace(text), s.Pages.wordsOf(s.Pages.Site.Languages[0]).Zone())
}

func (r *draftReader) lines(name string) (out []string) {
	for line := range strings.Lines(r.text(name)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func (r *draftReader) levels(name string) (out []eligibility.Level) {
	for _, l := range eligibility.Levels {
		if slices.Contains(r.values[name], string(l)) {
			out = append(out, l)
		}
	}
	return out
}

// charter reads the fourteen fields of product.md 5.
func (r *draftReader) charter(areas []string) consensus.Charter {
	voting := r.levels("levels")
	ch := consensus.Charter{
		Question: r.text("question"), WhyNow: r.text("whyNow"), CanChange: r.text("canChange"), IsFixed: r.text("isFixed"),
		ParticipationLevel: r.text("participationLevel"),
		DecidingBody:       consensus.DecidingBody{Body: r.text("body"), Role: r.text("role")},
		FormalLink:         consensus.FormalLink{Reference: r.text("formalLink"), ExpectedDecisionDate: r.date("decisionDate")},
		WhoMayTakePart:     consensus.WhoMayTakePart{Areas: areas, MinAge: r.number("minAge", 0, 0), RollDate: r.date("rollDate")},
		Phases:             r.phases(),
		Weighing:           consensus.Weighing{OfficialLevels: r.levels("official"), Method: r.text("weighing")},
		OfflineWays:        consensus.OfflineWays{Ways: r.lines("offlineWays"), Reason: r.text("offlineReason")},
		Contact:            consensus.Contact{Role: r.text("contactRole"), Email: r.text("contactMail"), Telephone: r.text("contactPhone")},
		PrivacyNotice: consensus.PrivacyNotice{URL: r.text("privacyURL"), LegalBasis: r.text("privacyBasis"),
			Retention: r.text("privacyRetention")},
		LegalBasis: consensus.LegalBasis{Code: r.text("legalBasis"), Article: r.text("legalArticle"), Why: r.text("legalWhy")},
	}
	if ch.FormalLink.Reference == "" && r.values.Get("noneYet") == "yes" {
		ch.FormalLink.Reference = consensus.NoneYet
	}
	if len(voting) > 0 { // the weakest comes first
		ch.WhoMayTakePart.Levels.Vote = voting[0]
	}
	if k := r.number("k", 10, 10); k > 10 {
		ch.Weighing.K = k
	}
	return ch
}

func (r *draftReader) phases() (out []consensus.Phase) {
	for n := range max(lastRow(r.values, "phase"), 1) {
		base := "phase" + strconv.Itoa(n+1) + "-"
		kind := consensus.PhaseKind(r.text(base + "kind"))
		if kind == "" {
			continue
		}
		p := consensus.Phase{Kind: kind, Title: r.texts(base+"title", 120), StartsAt: r.moment(base + "start"), EndsAt: r.moment(base + "end"),
			Switches: consensus.Switches{Vote: kind == consensus.PhaseVote}}
		if len(p.Title) == 0 {
			p.Title = nil
		}
		out = append(out, p)
	}
	return out
}

// definition is what follows from the charter for the count.
func (r *draftReader) definition(ch *consensus.Charter) consensus.Definition {
	d := consensus.Definition{RollDate: ch.WhoMayTakePart.RollDate, MinAge: ch.WhoMayTakePart.MinAge, K: max(ch.Weighing.K, 10),
		Results: r.text("results"), Levels: r.levels("levels"), Official: ch.Weighing.OfficialLevels}
	if d.Results == "" {
		d.Results = consensus.ResultsAfterClose
	}
	for _, l := range d.Levels {
		if !slices.Contains(offeredLevels, l) {
			r.wrong("levels", "form.choice")
		}
	}
	for _, l := range d.Official {
		if !slices.Contains(d.Levels, l) {
			r.wrong("official", "draft.official.level")
		}
	}
	return d
}

// mostStatement is the length of a statement or question in characters.
const mostStatement = 200

// questions reads the rows q1.. and the list of statements, which become rows of
// their own, so that the form shows them after saving.
func (s *Staff) questions(r *draftReader) (out []consensus.DefinitionQuestion) {
	last := lastRow(r.values, "q")
	for n := 1; n <= last; n++ {
		if q, ok := s.question(r, n); ok {
			out = append(out, q)
		}
	}
	lines := r.lines("statements")
	for _, line := range lines {
		if utf8.RuneCountInString(line) > mostStatement {
			r.wrong("statements", "form.toolong", "n", mostStatement)
			break
		}
		out = append(out, s.statement(map[string]string{r.langs[0]: line}))
	}
	if len(out) > mostQuestions {
		r.wrong("statements", "draft.questions.most", "n", mostQuestions)
	}
	for i := range out {
		out[i].ID = "q" + strconv.Itoa(i+1)
	}
	return out
}

// mostQuestions is how many a definition holds (spec: security.md 2).
const mostQuestions = 50

// question reads row n; ok is false for a row that is not used.
func (s *Staff) question(r *draftReader, n int) (q consensus.DefinitionQuestion, ok bool) {
	base := "q" + strconv.Itoa(n) + "-"
	text := r.texts(base+"text", mostStatement)
	options := r.options(base)
	if len(text) == 0 && len(options) == 0 {
		return q, false
	}
	first := base + "text-" + r.langs[0]
	if text[r.langs[0]] == "" {
		r.wrong(first, "form.required", "field", s.Pages.wordsOf(r.langs[0]).T("votes.question"))
	}
	switch r.text(base + "kind") {
	case kindSingle:
		q = consensus.DefinitionQuestion{Kind: consensus.KindSingle, Max: 1, Text: text, Options: options}
	case kindApproval:
		q = consensus.DefinitionQuestion{Kind: consensus.KindApproval, Max: r.number(base+"max", 1, len(options)), Text: text, Options: options}
	default:
		return s.statement(text), true
	}
	if len(options) < 2 {
		r.wrong(base+"options-"+r.langs[0], "draft.options.few")
	}
	if q.Max > len(options) && len(options) > 0 {
		r.wrong(base+"max", "form.number")
	}
	return q, true
}

// options reads one option a line, with translations in the same order.
func (r *draftReader) options(base string) (out []consensus.DefinitionOption) {
	for i, text := range r.lines(base + "options-" + r.langs[0]) {
		out = append(out, consensus.DefinitionOption{ID: "opt-" + strconv.Itoa(i+1), Text: map[string]string{r.langs[0]: text}})
	}
	for _, l := range r.langs[1:] {
		translated := r.lines(base + "options-" + l)
		if len(translated) > 0 && len(translated) != len(out) {
			r.wrong(base+"options-"+l, "draft.options.differ")
			continue
		}
		for i, text := range translated {
			out[i].Text[l] = text
		}
	}
	return out
}

// statement is a question with the three answers of a statement.
func (s *Staff) statement(text map[string]string) consensus.DefinitionQuestion {
	q := consensus.DefinitionQuestion{Kind: consensus.KindSingle, Max: 1, Text: text}
	for _, id := range statementOptions {
		o := consensus.DefinitionOption{ID: id, Text: map[string]string{}}
		for _, l := range s.Pages.Site.Languages {
			o.Text[l] = capital(s.Pages.wordsOf(l).T("vote." + id))
		}
		q.Options = append(q.Options, o)
	}
	return q
}

// capital writes the first letter as a capital.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return strings.ToUpper(string(first)) + text[size:]
}
