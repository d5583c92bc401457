// SPDX-License-Identifier: EUPL-1.2

package activitypub

import "fmt"

// NodeInfo addresses and media types (nodeinfo.diaspora.software).
const (
	NodeInfo20Path        = "/nodeinfo/2.0"
	NodeInfo21Path        = "/nodeinfo/2.1"
	NodeInfo20ContentType = `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.0#"`
	NodeInfo21ContentType = `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.1#"`

	relNodeInfo20  = "http://nodeinfo.diaspora.software/ns/schema/2.0"
	relNodeInfo21  = "http://nodeinfo.diaspora.software/ns/schema/2.1"
	relApplication = "https://www.w3.org/ns/activitystreams#Application" // FEP-2677
)

// NodeInfo describes an instance. Version21 and Version20 give the two documents.
type NodeInfo struct {
	Version           string           `json:"version"`
	Software          NodeSoftware     `json:"software"`
	Protocols         []string         `json:"protocols"`
	Services          NodeServices     `json:"services"`
	OpenRegistrations bool             `json:"openRegistrations"`
	Usage             NodeUsage        `json:"usage"`
	Metadata          NodeInfoMetadata `json:"metadata"`
}

// NodeSoftware names the software; Repository and Homepage are in 2.1 only.
type NodeSoftware struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	Repository string `json:"repository,omitempty"`
	Homepage   string `json:"homepage,omitempty"`
}

// NodeServices are third-party networks: none.
type NodeServices struct {
	Inbound  []string `json:"inbound"`
	Outbound []string `json:"outbound"`
}

// NodeUsage counts accounts and posts. A nil number is not given.
type NodeUsage struct {
	Users      NodeUsers `json:"users"`
	LocalPosts *int      `json:"localPosts,omitempty"`
}

// NodeUsers counts accounts.
type NodeUsers struct {
	Total          *int `json:"total,omitempty"`
	ActiveMonth    *int `json:"activeMonth,omitempty"`
	ActiveHalfyear *int `json:"activeHalfyear,omitempty"`
}

// NodeInfoMetadata is free; Upstream tells client libraries which API we follow.
type NodeInfoMetadata struct {
	NodeName        string       `json:"nodeName,omitempty"`
	NodeDescription string       `json:"nodeDescription,omitempty"`
	StaffAccounts   []string     `json:"staffAccounts,omitempty"` // actor ids
	Upstream        NodeUpstream `json:"upstream"`
}

// NodeUpstream names the software whose client API is offered.
type NodeUpstream struct {
	Name string `json:"name"`
}

// NewNodeInfo is the description of a Polder instance, still without names and
// numbers; homepage is its public URL.
func NewNodeInfo(version, repository, homepage string) NodeInfo {
	return NodeInfo{
		Software:  NodeSoftware{Name: "polder", Version: version, Repository: repository, Homepage: homepage},
		Protocols: []string{"activitypub"},
		Services:  NodeServices{Inbound: []string{}, Outbound: []string{}},
		Metadata:  NodeInfoMetadata{Upstream: NodeUpstream{Name: "mastodon"}},
	}
}

// Version21 is the document at /nodeinfo/2.1.
func (n NodeInfo) Version21() ([]byte, error) {
	n.Version = "2.1"
	return Marshal(n)
}

// Version20 is the document at /nodeinfo/2.0.
func (n NodeInfo) Version20() ([]byte, error) {
	n.Version = "2.0"
	n.Software.Repository, n.Software.Homepage = "", ""
	return Marshal(n)
}

// NodeInfoLinks is the document at /.well-known/nodeinfo: both versions and the
// instance actor (FEP-2677).
func NodeInfoLinks(base, instanceActor string) ([]byte, error) {
	return marshalLinks(
		JRDLink{Rel: relNodeInfo21, Href: base + NodeInfo21Path},
		JRDLink{Rel: relNodeInfo20, Href: base + NodeInfo20Path},
		JRDLink{Rel: relApplication, Href: instanceActor},
	)
}

// NodeInfoRef is what a peer's /.well-known/nodeinfo points to; either may be "".
type NodeInfoRef struct {
	Application string // its instance actor (FEP-2677)
	NodeInfo    string // its newest NodeInfo document, 2.1 or 2.0
}

// ParseNodeInfoLinks reads a peer's /.well-known/nodeinfo. The caller checks that
// the addresses are on the peer's host.
func ParseNodeInfoLinks(raw []byte) (NodeInfoRef, error) {
	d, err := Parse(raw)
	if err != nil {
		return NodeInfoRef{}, fmt.Errorf("reading NodeInfo links: %w", err)
	}
	links, err := parseLinks(d)
	if err != nil {
		return NodeInfoRef{}, fmt.Errorf("reading NodeInfo links: %w", err)
	}
	found := map[string]string{}
	for _, l := range links {
		if _, err := HostOf(l.Href); err == nil && !hasControl(l.Href) {
			found[l.Rel] = l.Href
		}
	}
	ref := NodeInfoRef{Application: found[relApplication], NodeInfo: found[relNodeInfo21]}
	if ref.NodeInfo == "" {
		ref.NodeInfo = found[relNodeInfo20]
	}
	return ref, nil
}
