// SPDX-License-Identifier: EUPL-1.2

package activitypub

// Actor is an actor as we serve it: Application (the instance), Organization
// (municipality, province, nation), Group (consultation), Service (helpdesk) or
// Person (resident), in the order of federation.md 8.
type Actor struct {
	Context           Context   `json:"@context,omitempty"`
	ID                string    `json:"id"`
	Type              string    `json:"type"`
	PreferredUsername string    `json:"preferredUsername"`
	Name              string    `json:"name,omitempty"`
	Summary           string    `json:"summary,omitempty"` // HTML
	URL               string    `json:"url,omitempty"`
	Published         Time      `json:"published,omitzero"`
	Inbox             string    `json:"inbox"`
	Outbox            string    `json:"outbox"`
	Followers         string    `json:"followers,omitempty"`
	Following         string    `json:"following,omitempty"`
	Featured          string    `json:"featured,omitempty"`
	Endpoints         Endpoints `json:"endpoints,omitzero"`
	AttributedTo      string    `json:"attributedTo,omitempty"` // moderators of a Group (FEP-1b12)

	ManuallyApprovesFollowers bool         `json:"manuallyApprovesFollowers"`
	Discoverable              *bool        `json:"discoverable,omitempty"`
	Indexable                 *bool        `json:"indexable,omitempty"`
	AttributionDomains        []string     `json:"attributionDomains,omitempty"`
	HidesCCPublic             *bool        `json:"hidesCcPublicFromUnauthedWeb,omitempty"` // GoToSocial
	Webfinger                 string       `json:"webfinger,omitempty"`                    // user@host (FEP-2c59)
	Icon                      *Attachment  `json:"icon,omitempty"`
	Attachment                []Attachment `json:"attachment,omitempty"`
	AlsoKnownAs               []string     `json:"alsoKnownAs,omitempty"` // only during a move

	PublicKey       PublicKey       `json:"publicKey,omitzero"`
	AssertionMethod []Multikey      `json:"assertionMethod,omitempty"` // FEP-521a
	Generator       *Generator      `json:"generator,omitempty"`
	Implements      []Specification `json:"implements,omitempty"` // FEP-844e, instance actor only

	// Our own properties (federation.md 11).
	Kind             string   `json:"polder:kind,omitempty"`
	Level            string   `json:"polder:level,omitempty"`
	State            string   `json:"polder:state,omitempty"`
	Phase            string   `json:"polder:phase,omitempty"`
	OpensAt          Time     `json:"polder:opensAt,omitzero"`
	ClosesAt         Time     `json:"polder:closesAt,omitzero"`
	AnswerDueAt      Time     `json:"polder:answerDueAt,omitzero"`
	Method           []string `json:"polder:method,omitempty"`
	AreaCode         string   `json:"polder:areaCode,omitempty"`
	AreaScheme       string   `json:"polder:areaScheme,omitempty"`
	TOOI             string   `json:"polder:tooi,omitempty"`
	OfficialLevels   []string `json:"polder:officialLevels,omitempty"`
	Charter          string   `json:"polder:charter,omitempty"`
	DefinitionDigest string   `json:"polder:definitionDigest,omitempty"`
	PartOf           string   `json:"polder:partOf,omitempty"`
	Tallies          string   `json:"polder:tallies,omitempty"`
	MemberOf         []string `json:"polder:memberOf,omitempty"`
	Members          string   `json:"polder:members,omitempty"`
	Heads            string   `json:"polder:heads,omitempty"`
	Licence          string   `json:"polder:licence,omitempty"`
}

// Endpoints of an actor.
type Endpoints struct {
	SharedInbox string `json:"sharedInbox,omitempty"`
}

// PublicKey is the RSA key that HTTP signatures are checked with.
type PublicKey struct {
	ID    string `json:"id"`    // <actor>#main-key
	Owner string `json:"owner"` // the actor
	PEM   string `json:"publicKeyPem"`
}

// Multikey is an Ed25519 key that proofs are checked with (FEP-521a).
type Multikey struct {
	ID                 string `json:"id"`
	Type               string `json:"type"` // Multikey
	Controller         string `json:"controller"`
	PublicKeyMultibase string `json:"publicKeyMultibase"`
}

// Generator is the instance actor that made this actor, and what it speaks.
type Generator struct {
	Type       string          `json:"type"` // Application
	ID         string          `json:"id"`
	Implements []Specification `json:"implements,omitempty"`
}

// Specification is an entry of "implements" (FEP-844e).
type Specification struct {
	Href string `json:"href"`
	Name string `json:"name,omitempty"`
}

// PolderSpecification is the entry that makes a peer capable (federation.md 9.1).
func PolderSpecification() Specification {
	return Specification{Href: Capability, Name: "Polder v1"}
}

// InstanceSpecifications is what our instance actor implements: our own types
// and signatures by RFC 9421, also with Ed25519.
func InstanceSpecifications() []Specification {
	return []Specification{
		PolderSpecification(),
		{Href: "https://datatracker.ietf.org/doc/html/rfc9421"},
		{Href: "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards25"},
	}
}

// NewGenerator is the generator of every actor but the instance actor itself.
func NewGenerator(instanceActor string) *Generator {
	return &Generator{Type: TypeApplication, ID: instanceActor, Implements: []Specification{PolderSpecification()}}
}

// Locate fills the standard addresses of the actor: inbox, outbox, followers,
// following, featured below its id, and the shared inbox of base.
func (a *Actor) Locate(base string) {
	a.Inbox, a.Outbox = a.ID+"/inbox", a.ID+"/outbox"
	a.Followers, a.Following = a.ID+"/followers", a.ID+"/following"
	a.Featured = a.ID + "/featured"
	a.Endpoints = Endpoints{SharedInbox: base + "/inbox"}
}

// SetKey sets the main key of the actor; pem is its SPKI public key.
func (a *Actor) SetKey(pem string) {
	a.PublicKey = PublicKey{ID: a.ID + "#main-key", Owner: a.ID, PEM: pem}
}
