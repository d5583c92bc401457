// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"errors"
	"fmt"
	"mime"
	"net/url"
	"strings"
)

// JRDContentType is the media type of a WebFinger answer (RFC 7033).
const JRDContentType = "application/jrd+json"

// Link relations of WebFinger.
const (
	RelSelf      = "self"
	RelProfile   = "http://webfinger.net/rel/profile-page"
	RelSubscribe = "http://ostatus.org/schema/1.0/subscribe"
	RelService   = "https://www.w3.org/ns/activitystreams#Service" // FEP-d556
)

// Why a WebFinger look-up binds no account to an actor.
var (
	ErrResource = errors.New("not a WebFinger resource")
	ErrSubject  = errors.New("subject is another account")
	ErrSelfLink = errors.New("no usable self link")
	ErrLoop     = errors.New("WebFinger loop does not close")
)

// JRD is a WebFinger answer.
type JRD struct {
	Subject string    `json:"subject"`
	Aliases []string  `json:"aliases,omitempty"`
	Links   []JRDLink `json:"links"`
}

// JRDLink is one link of a JRD: Href or Template is set.
type JRDLink struct {
	Rel      string `json:"rel"`
	Type     string `json:"type,omitempty"`
	Href     string `json:"href,omitempty"`
	Template string `json:"template,omitempty"`
}

// NewJRD answers for a local actor. profile is its page, base the public URL of
// the instance. The self link is the actor id byte for byte, which Mastodon
// insists on.
func NewJRD(h Handle, actor, profile, base string) JRD {
	j := JRD{Subject: h.Acct(), Aliases: []string{actor}}
	if profile != actor {
		j.Aliases = append(j.Aliases, profile)
	}
	j.Links = []JRDLink{
		{Rel: RelSelf, Type: ContentType, Href: actor},
		{Rel: RelProfile, Type: "text/html", Href: profile},
		{Rel: RelSubscribe, Template: base + "/authorize_interaction?uri={uri}"},
	}
	return j
}

// NewServerJRD answers for the instance itself, resource https://h/: the links of
// the instance actor and its relation as a service (FEP-d556).
func NewServerJRD(h Handle, actor, profile, base string) JRD {
	j := NewJRD(h, actor, profile, base)
	j.Links = append(j.Links, JRDLink{Rel: RelService, Type: ContentType, Href: actor})
	return j
}

// Resource is what a WebFinger request asks about: an account or an address.
type Resource struct {
	Handle Handle // acct:u@h and forms of it
	URL    string // an actor id or profile page as it was given; its host is normal in Host
	Host   string
	Root   bool // URL is https://h/, the instance actor
}

// ParseResource reads the resource parameter: acct:u@h, u@h, an actor id, a
// profile URL, or https://h/. An http URL is read too; whether one is served is
// the caller's business.
func ParseResource(resource string) (Resource, error) {
	if resource == "" || len(resource) > maxIRI || hasControl(resource) {
		return Resource{}, fmt.Errorf("resource %.100q: %w", resource, ErrResource)
	}
	if scheme := schemeOf(resource); scheme == "https" || scheme == "http" {
		return parseURLResource(resource)
	}
	h, err := ParseHandle(resource)
	if err != nil {
		return Resource{}, fmt.Errorf("%w: %w", ErrResource, err)
	}
	return Resource{Handle: h, Host: h.Host}, nil
}

func parseURLResource(resource string) (Resource, error) {
	host, err := HostOf(resource)
	if err != nil {
		return Resource{}, fmt.Errorf("%w: %w", ErrResource, err)
	}
	u, err := url.Parse(resource)
	if err != nil {
		return Resource{}, fmt.Errorf("resource %.100q: %w", resource, ErrResource)
	}
	root := (u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == ""
	return Resource{URL: resource, Host: host, Root: root}, nil
}

// ParseJRD reads a WebFinger answer, within the limits of Parse.
func ParseJRD(raw []byte) (*JRD, error) {
	d, err := Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("reading WebFinger answer: %w", err)
	}
	links, err := parseLinks(d)
	if err != nil {
		return nil, fmt.Errorf("reading WebFinger answer: %w", err)
	}
	return &JRD{Subject: d.String("subject"), Aliases: d.Strings("aliases"), Links: links}, nil
}

// parseLinks reads the links of a JRD or of /.well-known/nodeinfo by their exact
// names.
func parseLinks(d *Document) ([]JRDLink, error) {
	list, err := d.Objects("links")
	if err != nil {
		return nil, err
	}
	out := make([]JRDLink, len(list))
	for i, l := range list {
		out[i] = JRDLink{Rel: l.String("rel"), Type: l.String("type"), Href: l.String("href"), Template: l.String("template")}
	}
	return out, nil
}

// Self is the id of the actor: the href of the first self link with an
// ActivityPub media type.
func (j *JRD) Self() (string, error) {
	for _, l := range j.Links {
		if l.Rel != RelSelf || !isSelfType(l.Type) {
			continue
		}
		if _, err := HostOf(l.Href); err != nil || hasControl(l.Href) {
			return "", fmt.Errorf("%w: %.100q", ErrSelfLink, l.Href)
		}
		return l.Href, nil
	}
	return "", ErrSelfLink
}

// isSelfType takes the two ActivityPub types; older servers leave the profile
// parameter of ld+json out here.
func isSelfType(t string) bool {
	kind, _, err := mime.ParseMediaType(t)
	return err == nil && (kind == "application/activity+json" || kind == "application/ld+json")
}

// Server is the instance actor in the answer to https://h/: its service link, or
// the self link.
func (j *JRD) Server() (string, error) {
	for _, l := range j.Links {
		if l.Rel != RelService {
			continue
		}
		if _, err := HostOf(l.Href); err == nil && !hasControl(l.Href) {
			return l.Href, nil
		}
	}
	return j.Self()
}

// Binding says which actor an account name belongs to. While Next is set it is
// not proven yet: look Next up at its host and call Close with the answer.
type Binding struct {
	Handle Handle // the name to show and store: the subject
	Actor  string // actor id
	Next   Handle // one more look-up that must agree; zero when proven
}

// Bind reads the answer for asked. The subject must have the user name that was
// asked for. Account and actor on one host prove each other; when the subject or
// the self link names another host, that host must say the same (one hop), else
// any server could claim any actor (security.md, rows 48 and 50).
func (j *JRD) Bind(asked Handle) (Binding, error) {
	subject, err := ParseHandle(j.Subject)
	if err != nil {
		return Binding{}, fmt.Errorf("%w: %w", ErrSubject, err)
	}
	if !strings.EqualFold(subject.User, asked.User) {
		return Binding{}, fmt.Errorf("%w: asked %s, got %s", ErrSubject, asked, subject)
	}
	actor, err := j.Self()
	if err != nil {
		return Binding{}, err
	}
	actorHost, err := HostOf(actor)
	if err != nil {
		return Binding{}, fmt.Errorf("%w: %w", ErrSelfLink, err)
	}
	b := Binding{Handle: subject, Actor: actor}
	switch {
	case subject.Host == asked.Host && actorHost == asked.Host:
		return b, nil
	case subject.Host == asked.Host: // account here, actor there: ask there
		b.Next = Handle{User: subject.User, Host: actorHost}
		return b, nil
	case actorHost == asked.Host: // actor here, account there: ask there
		b.Next = subject
		return b, nil
	}
	return Binding{}, fmt.Errorf("%w: %s names neither account nor actor of its own", ErrLoop, asked.Host)
}

// Close compares the answer of the second host with the first and returns the
// proven binding.
func (b Binding) Close(second *JRD) (Binding, error) {
	if b.Next.IsZero() {
		return b, nil
	}
	subject, err := ParseHandle(second.Subject)
	if err != nil || !subject.Equal(b.Handle) {
		return Binding{}, fmt.Errorf("%w: second subject is %.100q, first %s", ErrLoop, second.Subject, b.Handle)
	}
	actor, err := second.Self()
	if err != nil || actor != b.Actor {
		return Binding{}, fmt.Errorf("%w: second self link is %.100q, first %s", ErrLoop, actor, b.Actor)
	}
	b.Next = Handle{}
	return b, nil
}
