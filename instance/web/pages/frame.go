// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"time"

	"polder/instance/locale"
)

// Site is what every page says about the instance. It does not change while
// the instance runs.
type Site struct {
	Name      string   // "Gemeente Stadskanaal", in header, footer and <title>
	Area      string   // "Stadskanaal", "Fryslân", "Nederland": used inside sentences
	AreaCode  string   // CBS code: GM0037, PV20, NL
	Level     string   // municipality, province, nation or waterboard
	URL       string   // public URL without a slash at the end
	Languages []string // offered on the language switch, the first is the default
	Dev       bool     // started with -dev: a banner says so on every page
	Demo      *Demo    // set by `polder demo`
	Contact   Contact
	Parent    *Link // province or nation above this instance
	Source    string
	Software  string // "polder/0.1.0"
}

// Demo says on every page what is real in a demonstration and what is not.
type Demo struct {
	Source  Link   // where the votes come from
	Licence string // "CC BY 4.0"
}

// Contact is who answers questions; empty parts are left out.
type Contact struct {
	Mail, Phone, Hours string
}

// Frame is what one request adds to the site: language, place, viewer.
type Frame struct {
	Lang   string // language of the page, from locale.Negotiate
	Path   string // path and query of this request; the language switch returns to it
	Viewer Viewer
	Notice *Notice   // one message above the page, after a redirect
	Now    time.Time // "vandaag" on stepper and timeline
}

// Viewer is the person looking. The zero value is nobody.
type Viewer struct {
	Name     string // empty: not logged in
	Staff    bool   // shows the staff menu
	Accounts bool   // with the pages for who keeps accounts
	Audit    bool   // with the log of staff actions
}

// Notice is a message shown once. Kind is ok, info, warning or error.
type Notice struct {
	Kind string
	Message
}

// Message is a catalogue key with its arguments: "n", 12, "name", "Leeuwarden".
type Message struct {
	Key  string
	Args []any
}

// Msg builds a Message.
func Msg(key string, args ...any) Message { return Message{Key: key, Args: args} }

// Text is content of the instance with the language it is written in.
type Text struct {
	Text string
	Lang string // "" means the language of the page
}

// PickText takes the best language of a definition's text for a page in lang.
func PickText(texts map[string]string, lang string) Text {
	text, in := locale.Pick(texts, lang)
	return Text{Text: text, Lang: in}
}

// Link is a name with an address.
type Link struct {
	Text string
	URL  string
}

// View is a page's content; it knows the template that draws it.
type View interface {
	// Template is the name of the page, as in the list of templates.
	Template() string
}
