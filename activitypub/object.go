// SPDX-License-Identifier: EUPL-1.2

package activitypub

// Object is a Note, Question, Article, Event or Tombstone as we send it
// (federation.md 8). Empty members are left out; members are written in the
// order of the specification's examples. Encode it with Marshal.
//
// An Object travels inside an Activity with Context empty, and has one when it
// is served on its own.
type Object struct {
	Context      Context `json:"@context,omitempty"`
	ID           string  `json:"id,omitempty"`
	Type         string  `json:"type"`
	AttributedTo string  `json:"attributedTo,omitempty"`
	Audience     string  `json:"audience,omitempty"`  // the Group (FEP-1b12)
	InReplyTo    string  `json:"inReplyTo,omitempty"` // an id, never an object

	// Thread is the collection of the whole conversation (FEP-7888).
	Thread string `json:"context,omitempty"`

	To        []string `json:"to,omitempty"`
	CC        []string `json:"cc,omitempty"`
	Published Time     `json:"published,omitzero"`
	// Updated is the last real edit of the text. A new tally must not touch it,
	// else every poll update shows as "edited" (federation.md 1, rule 4).
	Updated Time   `json:"updated,omitzero"`
	URL     string `json:"url,omitempty"`

	Name       string  `json:"name,omitempty"`
	Summary    string  `json:"summary,omitempty"` // never on Note or Question: a content warning there
	Content    string  `json:"content,omitempty"` // HTML
	ContentMap LangMap `json:"contentMap,omitempty"`

	StartTime Time `json:"startTime,omitzero"` // Event, with its local offset
	EndTime   Time `json:"endTime,omitzero"`   // Event; Question: closes for votes

	// Event (FEP-8a8e).
	Timezone                string      `json:"timezone,omitempty"`
	JoinMode                string      `json:"joinMode,omitempty"`
	EventStatus             string      `json:"eventStatus,omitempty"`
	MaximumAttendeeCapacity int         `json:"maximumAttendeeCapacity,omitempty"`
	Organizers              *Collection `json:"organizers,omitempty"`
	Attendees               string      `json:"attendees,omitempty"`
	Location                *Place      `json:"location,omitempty"`

	// Tombstone.
	FormerType string `json:"formerType,omitempty"`
	Deleted    Time   `json:"deleted,omitzero"`

	Attachment []Attachment `json:"attachment,omitempty"`
	Tag        []Tag        `json:"tag,omitempty"`
	Replies    *Collection  `json:"replies,omitempty"`

	// Question (federation.md 6); see question.go.
	Closed      Time     `json:"closed,omitzero"` // absent until closed
	VotersCount *int     `json:"votersCount,omitempty"`
	OneOf       []Option `json:"oneOf,omitempty"`
	AnyOf       []Option `json:"anyOf,omitempty"`

	InteractionPolicy *InteractionPolicy `json:"interactionPolicy,omitempty"`

	// Our own properties (federation.md 11).
	Kind          string      `json:"polder:kind,omitempty"`
	Consultation  string      `json:"polder:consultation,omitempty"` // id of the Group
	Number        int         `json:"polder:number,omitempty"`       // of a statement, from 1
	Stance        *int        `json:"polder:stance,omitempty"`       // 1 for, -1 against, 0 pass
	ProposedBy    string      `json:"polder:proposedBy,omitempty"`   // only with consent
	Results       string      `json:"polder:results,omitempty"`      // afterClose, interim, live
	CountedLevels []string    `json:"polder:countedLevels,omitempty"`
	RespondsTo    []string    `json:"polder:respondsTo,omitempty"`
	Decides       []string    `json:"polder:decides,omitempty"`
	Outcome       string      `json:"polder:outcome,omitempty"`
	Role          string      `json:"polder:role,omitempty"`
	Body          string      `json:"polder:body,omitempty"`
	DecidedAt     Time        `json:"polder:decidedAt,omitzero"`
	Reason        string      `json:"polder:reason,omitempty"`
	CaseURL       string      `json:"polder:caseUrl,omitempty"`
	ResultOf      string      `json:"polder:resultOf,omitempty"`
	Participants  LevelCounts `json:"polder:participants,omitempty"`
	GroupCount    int         `json:"polder:groupCount,omitempty"`
	Stable        *bool       `json:"polder:stable,omitempty"`
	Data          string      `json:"polder:data,omitempty"`
	Licence       string      `json:"polder:licence,omitempty"`
}

// Place is where an event happens.
type Place struct {
	Type      string   `json:"type"` // Place
	Name      string   `json:"name,omitempty"`
	Address   string   `json:"address,omitempty"`
	Latitude  *float64 `json:"latitude,omitempty"`
	Longitude *float64 `json:"longitude,omitempty"`
}

// Attachment is a Document or Image of an object, or a PropertyValue of an
// actor's profile (Name and Value).
type Attachment struct {
	Type      string `json:"type"` // Document, Image, PropertyValue
	MediaType string `json:"mediaType,omitempty"`
	URL       string `json:"url,omitempty"`
	Name      string `json:"name,omitempty"` // alternative text, or the property's name
	Value     string `json:"value,omitempty"`
	Width     int    `json:"width,omitempty"`
	Height    int    `json:"height,omitempty"`
	Blurhash  string `json:"blurhash,omitempty"`
}

// Tag is a Mention or Hashtag. A mention also needs its id in To or CC.
type Tag struct {
	Type string `json:"type"` // Mention, Hashtag
	Href string `json:"href,omitempty"`
	Name string `json:"name"` // @user@host, #tag
}

// InteractionPolicy says who may reply, like, boost and quote without asking
// (GoToSocial's property, read by Mastodon for quotes).
type InteractionPolicy struct {
	CanReply    Approval `json:"canReply"`
	CanLike     Approval `json:"canLike"`
	CanAnnounce Approval `json:"canAnnounce"`
	CanQuote    Approval `json:"canQuote"`
}

// Approval lists whose interactions need no approval.
type Approval struct {
	AutomaticApproval []string `json:"automaticApproval"`
}

// OpenPolicy lets everyone do everything: the policy of every Note and Question.
func OpenPolicy() *InteractionPolicy {
	all := Approval{AutomaticApproval: []string{Public}}
	return &InteractionPolicy{CanReply: all, CanLike: all, CanAnnounce: all, CanQuote: all}
}

// MarshalJSON writes the members in the order of federation.md 8. It is written
// out by hand because two members change place: the thread stands beside
// inReplyTo where there is one, and the end of a poll stands beside published,
// that of an event beside its start.
func (o Object) MarshalJSON() ([]byte, error) {
	m := newMembers()
	m.set("@context", o.Context != "", o.Context)
	o.writeHead(m)
	o.writeText(m)
	o.writeEvent(m)
	o.writeParts(m)
	o.writePolder(m)
	return m.close()
}

func (o *Object) writeHead(m *members) {
	m.str("id", o.ID)
	m.str("type", o.Type)
	m.str("attributedTo", o.AttributedTo)
	m.str("audience", o.Audience)
	m.str("inReplyTo", o.InReplyTo)
	if o.InReplyTo != "" {
		m.str("context", o.Thread)
	}
	m.strs("to", o.To)
	m.strs("cc", o.CC)
	m.time("published", o.Published)
	m.time("updated", o.Updated)
	if o.StartTime.IsZero() {
		m.time("endTime", o.EndTime)
	}
	m.str("url", o.URL)
	if o.InReplyTo == "" {
		m.str("context", o.Thread)
	}
}

func (o *Object) writeText(m *members) {
	m.str("name", o.Name)
	m.str("summary", o.Summary)
	m.str("content", o.Content)
	m.set("contentMap", len(o.ContentMap) > 0, o.ContentMap)
	m.str("formerType", o.FormerType)
	m.time("deleted", o.Deleted)
}

func (o *Object) writeEvent(m *members) {
	if !o.StartTime.IsZero() {
		m.time("startTime", o.StartTime)
		m.time("endTime", o.EndTime)
	}
	m.str("timezone", o.Timezone)
	m.str("joinMode", o.JoinMode)
	m.str("eventStatus", o.EventStatus)
	m.set("maximumAttendeeCapacity", o.MaximumAttendeeCapacity != 0, o.MaximumAttendeeCapacity)
	m.set("organizers", o.Organizers != nil, o.Organizers)
	m.str("attendees", o.Attendees)
	m.set("location", o.Location != nil, o.Location)
}

func (o *Object) writeParts(m *members) {
	m.set("attachment", len(o.Attachment) > 0, o.Attachment)
	m.set("tag", len(o.Tag) > 0, o.Tag)
	m.set("replies", o.Replies != nil, o.Replies)
	m.time("closed", o.Closed)
	m.set("votersCount", o.VotersCount != nil, o.VotersCount)
	m.set("oneOf", len(o.OneOf) > 0, o.OneOf)
	m.set("anyOf", len(o.AnyOf) > 0, o.AnyOf)
	m.set("interactionPolicy", o.InteractionPolicy != nil, o.InteractionPolicy)
}

func (o *Object) writePolder(m *members) {
	m.str("polder:kind", o.Kind)
	m.str("polder:consultation", o.Consultation)
	m.set("polder:number", o.Number != 0, o.Number)
	m.set("polder:stance", o.Stance != nil, o.Stance)
	m.str("polder:proposedBy", o.ProposedBy)
	m.str("polder:results", o.Results)
	m.strs("polder:countedLevels", o.CountedLevels)
	m.strs("polder:respondsTo", o.RespondsTo)
	m.strs("polder:decides", o.Decides)
	m.str("polder:outcome", o.Outcome)
	m.str("polder:role", o.Role)
	m.str("polder:body", o.Body)
	m.time("polder:decidedAt", o.DecidedAt)
	m.str("polder:reason", o.Reason)
	m.str("polder:caseUrl", o.CaseURL)
	m.str("polder:resultOf", o.ResultOf)
	m.set("polder:participants", o.Participants != nil, o.Participants)
	m.set("polder:groupCount", o.GroupCount != 0, o.GroupCount)
	m.set("polder:stable", o.Stable != nil, o.Stable)
	m.str("polder:data", o.Data)
	m.str("polder:licence", o.Licence)
}
