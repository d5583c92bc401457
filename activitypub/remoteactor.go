// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrActor says that a document is no actor we can deal with.
var ErrActor = errors.New("not a usable actor")

// RemoteActor is an actor of another server, checked: its addresses and keys are
// on the host of its id. Absent properties are empty.
type RemoteActor struct {
	ID                string
	Host              string // of ID, normalised
	Type              string // one of the five
	PreferredUsername string
	Name              string // may hold any characters but line ends; escape it
	Summary           string // HTML as received: sanitize before use
	URL               string // on the host of ID, else ""
	Inbox             string
	SharedInbox       string
	Outbox            string
	Followers         string
	Following         string
	Featured          string
	Icon              string // address of the picture, never fetched
	Webfinger         string // user@host it claims (FEP-2c59), unproven
	ManuallyApproves  bool
	AlsoKnownAs       []string
	MovedTo           string
	AttributedTo      []string // moderators of a Group
	Published         time.Time

	// Keys are the usable RSA keys by key id; Multikeys the keys for proofs, id to
	// multibase text. All are owned by this actor.
	Keys      map[string]*rsa.PublicKey
	Multikeys map[string]string
	// KeyProblem says why a key of the actor was left out; nil if none was.
	KeyProblem error

	// Implements is what the actor itself declares, Generator.Implements what its
	// instance actor does according to it (FEP-844e).
	Implements []string
	Generator  RemoteGenerator

	Polder RemotePolder
}

// RemoteGenerator is the instance actor an actor names. ID is "" unless it is on
// the same host.
type RemoteGenerator struct {
	ID         string
	Implements []string
}

// RemotePolder is what a capable peer says in polder: properties
// (federation.md 11).
type RemotePolder struct {
	Kind             string
	Level            string
	AreaCode         string
	AreaScheme       string
	State            string
	Phase            string
	Method           []string
	OfficialLevels   []string
	OpensAt          time.Time
	ClosesAt         time.Time
	AnswerDueAt      time.Time
	MemberOf         []string
	Members          string
	Heads            string
	Charter          string
	DefinitionDigest string
	PartOf           string
	Tallies          string
}

// DeliveryInbox is where to deliver: the shared inbox if there is one.
func (a *RemoteActor) DeliveryInbox() string {
	if a.SharedInbox != "" {
		return a.SharedInbox
	}
	return a.Inbox
}

// Capable reports whether the actor itself lists our capability. Only for an
// instance actor does that make its server capable (federation.md 9.1).
func (a *RemoteActor) Capable() bool { return slices.Contains(a.Implements, Capability) }

// SaysCapable reports whether the actor or its generator entry lists our
// capability: a reason to look at the instance actor, no more.
func (a *RemoteActor) SaysCapable() bool {
	return a.Capable() || a.Generator.ID != "" && slices.Contains(a.Generator.Implements, Capability)
}

// ParseActor reads and checks an actor document. The caller has made sure that
// the id is the address it was fetched from.
func ParseActor(d *Document) (*RemoteActor, error) {
	a := &RemoteActor{ID: d.ID(), Type: d.Type()}
	if !IsActorType(a.Type) {
		return nil, fmt.Errorf("%w: type %.50q", ErrActor, a.Type)
	}
	host, err := HostOf(a.ID)
	if err != nil {
		return nil, fmt.Errorf("%w: id: %w", ErrActor, err)
	}
	a.Host = host
	if err := a.readNames(d); err != nil {
		return nil, err
	}
	if err := a.readAddresses(d); err != nil {
		return nil, err
	}
	a.readKeys(d)
	a.readProfile(d)
	a.readCapability(d)
	a.Polder = readPolder(d)
	return a, nil
}

func (a *RemoteActor) readNames(d *Document) error {
	a.PreferredUsername = d.String("preferredUsername")
	if a.PreferredUsername != "" && !validUser(a.PreferredUsername) {
		return fmt.Errorf("%w: preferredUsername %.50q", ErrActor, a.PreferredUsername)
	}
	a.Name = d.String("name")
	for _, r := range a.Name {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return fmt.Errorf("%w: control character in the name", ErrActor)
		}
	}
	return nil
}

// readAddresses insists on the inbox and drops every other address that is on
// another host than the actor.
func (a *RemoteActor) readAddresses(d *Document) error {
	a.Inbox = d.IRI("inbox")
	if !SameHost(a.Inbox, a.ID) {
		return fmt.Errorf("%w: inbox %.200q is missing or on another host", ErrActor, a.Inbox)
	}
	if e, err := d.Object("endpoints"); err == nil {
		a.SharedInbox = a.own(e.IRI("sharedInbox"))
	}
	a.Outbox, a.Featured = a.own(d.IRI("outbox")), a.own(d.IRI("featured"))
	a.Followers, a.Following = a.own(d.IRI("followers")), a.own(d.IRI("following"))
	if a.URL = a.own(profileURL(d)); a.URL == "" {
		a.URL = a.own(d.IRI("url"))
	}
	return nil
}

// profileURL is the HTML page among several addresses, "" if none says so.
func profileURL(d *Document) string {
	links, err := d.Objects("url")
	if err != nil {
		return ""
	}
	for _, l := range links {
		if l.String("mediaType") == "text/html" {
			return l.IRI("href")
		}
	}
	return ""
}

func (a *RemoteActor) own(iri string) string {
	if !SameHost(iri, a.ID) {
		return ""
	}
	return iri
}

// readKeys takes every usable key this actor owns and remembers why another was
// left out.
func (a *RemoteActor) readKeys(d *Document) {
	a.Keys, a.Multikeys = map[string]*rsa.PublicKey{}, map[string]string{}
	for _, doc := range a.keyObjects(d, "publicKey") {
		k, err := parseRSAKey(doc)
		if err == nil && k.Owner != a.ID {
			err = fmt.Errorf("%w: %s is owned by %.200q", ErrKey, k.ID, k.Owner)
		}
		if err != nil {
			a.KeyProblem = err
			continue
		}
		a.Keys[k.ID] = k.Key
	}
	for _, doc := range a.keyObjects(d, "assertionMethod") {
		k, err := parseMultikey(doc)
		if err == nil && k.Controller != a.ID {
			err = fmt.Errorf("%w: %s is controlled by %.200q", ErrKey, k.ID, k.Controller)
		}
		if err != nil {
			a.KeyProblem = err
			continue
		}
		a.Multikeys[k.ID] = k.PublicKeyMultibase
	}
}

// maxKeys bounds the keys read of one actor: each costs a big-number parse.
const maxKeys = 16

func (a *RemoteActor) keyObjects(d *Document, property string) []*Document {
	list, err := d.Objects(property)
	if err != nil {
		a.KeyProblem = err
		return nil
	}
	if len(list) > maxKeys {
		a.KeyProblem = fmt.Errorf("%w: more than %d in %s", ErrKey, maxKeys, property)
		list = list[:maxKeys]
	}
	return list
}

func (a *RemoteActor) readProfile(d *Document) {
	a.Summary = d.String("summary")
	a.Webfinger = d.String("webfinger")
	a.ManuallyApproves, _ = d.Bool("manuallyApprovesFollowers")
	a.AlsoKnownAs, a.MovedTo = d.IRIs("alsoKnownAs"), d.IRI("movedTo")
	a.AttributedTo = d.IRIs("attributedTo")
	a.Published, _ = d.Time("published")
	if icon, err := d.Object("icon"); err == nil {
		a.Icon = icon.IRI("url")
	}
}

func (a *RemoteActor) readCapability(d *Document) {
	a.Implements = specifications(d)
	g, err := d.Object("generator")
	if err != nil {
		a.Generator.ID = a.own(d.IRI("generator"))
		return
	}
	if a.Generator.ID = a.own(g.ID()); a.Generator.ID != "" {
		a.Generator.Implements = specifications(g)
	}
}

// specifications reads "implements": objects with href, links or plain ids.
func specifications(d *Document) []string {
	var out []string
	for _, raw := range elements(d.Fields["implements"]) {
		iri := iriOf(raw)
		if raw[0] == '{' {
			if o, err := Parse(raw); err == nil {
				iri = o.IRI("href")
			}
		}
		if iri != "" {
			out = append(out, iri)
		}
	}
	return out
}

func readPolder(d *Document) RemotePolder {
	p := RemotePolder{
		Kind: d.String("polder:kind"), Level: d.String("polder:level"),
		AreaCode: d.String("polder:areaCode"), AreaScheme: d.String("polder:areaScheme"),
		State: d.String("polder:state"), Phase: d.String("polder:phase"),
		Method: d.Strings("polder:method"), OfficialLevels: d.Strings("polder:officialLevels"),
		MemberOf: d.IRIs("polder:memberOf"), Members: d.IRI("polder:members"),
		Heads: d.IRI("polder:heads"), Charter: d.IRI("polder:charter"),
		DefinitionDigest: d.String("polder:definitionDigest"),
		PartOf:           d.IRI("polder:partOf"), Tallies: d.IRI("polder:tallies"),
	}
	p.OpensAt, _ = d.Time("polder:opensAt")
	p.ClosesAt, _ = d.Time("polder:closesAt")
	p.AnswerDueAt, _ = d.Time("polder:answerDueAt")
	return p
}
