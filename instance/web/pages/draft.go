// SPDX-License-Identifier: EUPL-1.2

package pages

// DraftView is GET /staff/consultations/new and
// GET /staff/consultations/{slug}/edit; it posts to /staff/consultations
// (new) or /staff/consultations/{slug}/edit. The handler fills Form.Values
// with the stored draft under the same names. Fields ending in -L exist once
// per site language (nl, en, fy); only the site's first language is required.
//
//	action                  save, add-question, add-phase or submit (the pressed button)
//	remove                  number of a question to take out (a button of its own)
//	slug                    [a-z0-9-]{1,30}, new drafts only
//	title-L
//	summary-L               optional
//	question                1  one sentence, at most 200 characters
//	whyNow                  2
//	canChange               3
//	isFixed                 4
//	participationLevel      5  inform, consult, advise, coproduce, codecide
//	body                    6  raad, college, burgemeester, ps, gs, minister
//	role                    6  responsible role
//	formalLink              7  reference; empty together with
//	noneYet                 7  "yes"
//	decisionDate            7  2006-01-02
//	minAge                  8  number
//	rollDate                8  2006-01-02
//	levels                  8  repeated: open, fediverse, email, code, paper, oidc
//	phaseN-kind             9  inform, debate, vote, answer, evaluate; N = 1..; empty = row unused
//	phaseN-title-L          9  optional
//	phaseN-start, -end      9  2006-01-02T15:04, instance zone
//	official               10  repeated: code, paper, oidc
//	weighing               10
//	k                      10  number >= 10
//	results                10  afterClose, interim, live
//	offlineWays            11  one way a line, or
//	offlineReason          11
//	contactRole            12
//	contactMail, contactPhone 12
//	privacyURL             13
//	privacyBasis           13
//	privacyRetention       13
//	legalBasis             14  ordinance, awb34, omgevingswet, initiative, challenge, referendum, other
//	legalArticle           14
//	legalWhy               14
//	instrument             polls, statements or both
//	talk-L                 the question above a conversation over statements
//	seeds                  its first statements, one a line of 15 to 140 characters
//	statements             one statement a line: each becomes a question agree / disagree / pass on save
//	qN-kind                statement, single, approval; N = 1..Questions
//	qN-text-L
//	qN-options-L           one option a line (not for statement); translations in the same order
//	qN-max                 approval: at most
//	joint                  no or yes
//	member                 repeated: area codes of the members to invite
type DraftView struct {
	Slug      string // "" = new
	Form      Form
	Questions int      // question rows to draw, at least 1
	Phases    int      // phase rows to draw, at least 3
	Members   []Choice // active members that can be invited: Value area code, Label name
	Levels    []string // levels this instance can offer
	Returned  string   // reason of the person who sent it back, "" = none
}

// Template names the page.
func (DraftView) Template() string { return "staff-draft" }
