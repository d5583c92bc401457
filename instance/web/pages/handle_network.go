// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
)

// network is GET /members of a province or nation and GET /network of a
// municipality; the other address leads to the right one.
func (p *Pages) network(c echo.Context) error {
	if right := p.Site.networkURL(); c.Request().URL.Path != right {
		return c.Redirect(http.StatusSeeOther, right)
	}
	state, err := p.networkState(c)
	if err != nil {
		return err
	}
	return p.draw(c, http.StatusOK, p.frame(c), NetworkView{State: state})
}

func (p *Pages) networkState(c echo.Context) (NetworkState, error) {
	n, err := p.views.Neighbourhood(c.Request().Context())
	if err != nil {
		return NetworkState{}, err
	}
	state := NetworkState{Self: peerOf(n.Self), Parent: peerOrNil(n.Parent), Nation: peerOrNil(n.Nation)}
	for _, m := range n.Members {
		state.Members = append(state.Members, peerOf(m))
	}
	slices.SortFunc(state.Members, func(a, b Peer) int { return strings.Compare(a.Name, b.Name) })
	for _, peer := range state.peers() {
		if peer.LastContact.After(state.Checked) {
			state.Checked = peer.LastContact
		}
	}
	return state, nil
}

func peerOrNil(n *instance.Neighbour) *Peer {
	if n == nil {
		return nil
	}
	p := peerOf(*n)
	return &p
}

func peerOf(n instance.Neighbour) Peer {
	p := Peer{Area: n.Area, Name: n.Name, URL: n.Base + "/", Link: n.Contact, Membership: string(n.State),
		LastContact: n.LastContact, NewestTally: n.NewestTally, Delivered: int(n.Delivered), Accepted: n.Accepted, Rejected: n.Rejected}
	if n.State != consensus.MembershipActive && n.State != "" {
		p.Link = "off"
	}
	return p
}
