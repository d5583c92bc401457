// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"polder/consensus/eligibility"
)

// Charter is the rules of the game that residents can read before they take
// part: 14 fields, all obligatory (spec: product.md 5). The JSON names are the
// field names of that table. Texts are in the language of the municipality.
type Charter struct {
	Question           string         `json:"question"`           // one sentence, at most 200 characters
	WhyNow             string         `json:"whyNow"`             //
	CanChange          string         `json:"canChange"`          // what input can change
	IsFixed            string         `json:"isFixed"`            // what it cannot change
	ParticipationLevel string         `json:"participationLevel"` // inform, consult, advise, coproduce, codecide
	DecidingBody       DecidingBody   `json:"decidingBody"`       //
	FormalLink         FormalLink     `json:"formalLink"`         //
	WhoMayTakePart     WhoMayTakePart `json:"whoMayTakePart"`     //
	Phases             []Phase        `json:"phases"`             // the plan; Consultation.Phases runs
	Weighing           Weighing       `json:"weighing"`           //
	OfflineWays        OfflineWays    `json:"offlineWays"`        //
	Contact            Contact        `json:"contact"`            //
	PrivacyNotice      PrivacyNotice  `json:"privacyNotice"`      //
	LegalBasis         LegalBasis     `json:"legalBasis"`         //
}

// DecidingBody is who decides, and the role that answers for it.
type DecidingBody struct {
	Body string `json:"body"` // raad, college, burgemeester, ps, gs, minister
	Role string `json:"role"`
}

// FormalLink ties the consultation to a decision.
type FormalLink struct {
	Reference            string `json:"reference"`            // agenda or case reference, or NoneYet
	ExpectedDecisionDate string `json:"expectedDecisionDate"` // 2006-01-02
}

// NoneYet is the reference of a consultation without agenda item or case.
const NoneYet = "noneYet"

// WhoMayTakePart says who, from which age, with which level per action.
type WhoMayTakePart struct {
	Areas    []string     `json:"areas"` // CBS codes
	MinAge   int          `json:"minAge"`
	Levels   ActionLevels `json:"levels"`
	RollDate string       `json:"rollDate"` // 2006-01-02
}

// ActionLevels is the weakest level that may do each action. Vote is
// obligatory; the others default as product.md 6 says.
type ActionLevels struct {
	Read    eligibility.Level `json:"read,omitempty"`
	Write   eligibility.Level `json:"write,omitempty"`
	Support eligibility.Level `json:"support,omitempty"`
	Vote    eligibility.Level `json:"vote"`
}

// Weighing is how input is weighed.
type Weighing struct {
	OfficialLevels  []eligibility.Level `json:"officialLevels"`
	AnswerThreshold int                 `json:"answerThreshold,omitempty"` // supports; 0 = by residents
	AgendaThreshold int                 `json:"agendaThreshold,omitempty"`
	Method          string              `json:"method"`      // counting method
	K               int                 `json:"k,omitempty"` // only if above 10
	LikesCount      bool                `json:"likesCount"`  // a fediverse Like is a support
}

// OfflineWays is at least one way to take part without a computer, or the
// reason why there is none.
type OfflineWays struct {
	Ways   []string `json:"ways"`
	Reason string   `json:"reason,omitempty"`
}

// Contact is where questions go.
type Contact struct {
	Role      string `json:"role"`
	Email     string `json:"email"`
	Telephone string `json:"telephone"`
}

// PrivacyNotice is what residents are told about their data.
type PrivacyNotice struct {
	URL        string `json:"url"`
	LegalBasis string `json:"legalBasis"` // of the processing
	Retention  string `json:"retention"`
}

// LegalBasis is why participation is applied.
type LegalBasis struct {
	Code    string `json:"code"`    // ordinance, awb34, omgevingswet, ...
	Article string `json:"article"` // of the participation ordinance
	Why     string `json:"why"`
}

// Awb34 is the statutory procedure of six weeks (L4).
const Awb34 = "awb34"

// The closed lists of the charter.
var (
	ParticipationLevels = []string{"inform", "consult", "advise", "coproduce", "codecide"}
	DecidingBodies      = []string{"raad", "college", "burgemeester", "ps", "gs", "minister"}
	LegalBases          = []string{"ordinance", Awb34, "omgevingswet", "initiative", "challenge", "referendum", "other"}
)

// CharterFields lists the 14 field names in the order of product.md 5.
var CharterFields = []string{"question", "whyNow", "canChange", "isFixed", "participationLevel", "decidingBody", "formalLink", "whoMayTakePart", "phases", "weighing", "offlineWays", "contact", "privacyNotice", "legalBasis"}

// maxQuestion is the length of field 1 in characters.
const maxQuestion = 200

// Missing names every field that is empty or lacks an obligatory part, in the
// order of CharterFields. A complete charter gives an empty list.
func (c *Charter) Missing() []string {
	filled := map[string]bool{
		"question":           written(c.Question),
		"whyNow":             written(c.WhyNow),
		"canChange":          written(c.CanChange),
		"isFixed":            written(c.IsFixed),
		"participationLevel": written(c.ParticipationLevel),
		"decidingBody":       written(c.DecidingBody.Body, c.DecidingBody.Role),
		"formalLink":         written(c.FormalLink.Reference, c.FormalLink.ExpectedDecisionDate),
		"whoMayTakePart":     len(c.WhoMayTakePart.Areas) > 0 && written(string(c.WhoMayTakePart.Levels.Vote), c.WhoMayTakePart.RollDate),
		"phases":             len(c.Phases) > 0,
		"weighing":           written(c.Weighing.Method),
		"offlineWays":        slices.ContainsFunc(c.OfflineWays.Ways, func(w string) bool { return written(w) }) || written(c.OfflineWays.Reason),
		"contact":            written(c.Contact.Role, c.Contact.Email, c.Contact.Telephone),
		"privacyNotice":      written(c.PrivacyNotice.URL, c.PrivacyNotice.LegalBasis, c.PrivacyNotice.Retention),
		"legalBasis":         written(c.LegalBasis.Code, c.LegalBasis.Article, c.LegalBasis.Why),
	}
	missing := []string{}
	for _, name := range CharterFields {
		if !filled[name] {
			missing = append(missing, name)
		}
	}
	return missing
}

// Problems gives a cause for every missing field (code charter-missing) and for
// every filled one that breaks its rule (charter-invalid).
func (c *Charter) Problems() []Cause {
	var causes []Cause
	missing := c.Missing()
	for _, name := range missing {
		causes = append(causes, Cause{"charter-missing", name, "this field is obligatory"})
	}
	for _, name := range CharterFields {
		if detail := c.invalid(name); detail != "" && !slices.Contains(missing, name) {
			causes = append(causes, Cause{"charter-invalid", name, detail})
		}
	}
	return causes
}

// invalid says what is wrong with a filled field, or "".
func (c *Charter) invalid(field string) string {
	switch field {
	case "question":
		return invalidQuestion(c.Question)
	case "participationLevel":
		return notOneOf(c.ParticipationLevel, ParticipationLevels)
	case "decidingBody":
		return notOneOf(c.DecidingBody.Body, DecidingBodies)
	case "formalLink":
		return notADate(c.FormalLink.ExpectedDecisionDate)
	case "whoMayTakePart":
		return c.WhoMayTakePart.invalid()
	case "phases":
		return invalidPhases(c.Phases)
	case "weighing":
		return c.Weighing.invalid()
	case "legalBasis":
		return notOneOf(c.LegalBasis.Code, LegalBases)
	}
	return ""
}

func invalidQuestion(q string) string {
	if n := utf8.RuneCountInString(strings.TrimSpace(q)); n > maxQuestion {
		return fmt.Sprintf("%d characters, at most %d are allowed", n, maxQuestion)
	}
	if strings.ContainsAny(strings.TrimSpace(q), "\r\n") {
		return "one sentence is allowed"
	}
	return ""
}

func (w *WhoMayTakePart) invalid() string {
	for _, l := range []eligibility.Level{w.Levels.Read, w.Levels.Write, w.Levels.Support, w.Levels.Vote} {
		if l != "" && !l.Valid() {
			return fmt.Sprintf("level %q is unknown", l)
		}
	}
	if w.MinAge < 0 || w.MinAge > 120 {
		return fmt.Sprintf("minimum age %d is impossible", w.MinAge)
	}
	return notADate(w.RollDate)
}

func (w *Weighing) invalid() string {
	for _, l := range w.OfficialLevels {
		if !l.Valid() || l.Signal() {
			return fmt.Sprintf("level %q cannot count officially", l)
		}
	}
	if w.K != 0 && w.K < 10 {
		return fmt.Sprintf("k is %d, at least 10 is needed", w.K)
	}
	if w.AnswerThreshold < 0 || w.AgendaThreshold < 0 {
		return "a threshold is negative"
	}
	return ""
}

// OfficialLevelsOverlap reports whether one resident could count twice: at most
// one of code, oidc and token may be official, and paper only together with
// code, because a paper form is typed in against the code of the resident
// (spec: product.md 7.5, aggregation.md 3.2).
func OfficialLevelsOverlap(official []eligibility.Level) bool {
	exclusive := 0
	for _, l := range []eligibility.Level{eligibility.Code, eligibility.OIDC, eligibility.Token} {
		if slices.Contains(official, l) {
			exclusive++
		}
	}
	paperBesideOther := slices.Contains(official, eligibility.Paper) && exclusive == 1 && !slices.Contains(official, eligibility.Code)
	return exclusive > 1 || paperBesideOther
}

func written(texts ...string) bool {
	return !slices.ContainsFunc(texts, func(s string) bool { return strings.TrimSpace(s) == "" })
}

func notOneOf(value string, list []string) string {
	if slices.Contains(list, value) {
		return ""
	}
	return fmt.Sprintf("%q is not one of %s", value, strings.Join(list, ", "))
}

func notADate(s string) string {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return fmt.Sprintf("%q is not a date like 2026-11-01", s)
	}
	return ""
}
