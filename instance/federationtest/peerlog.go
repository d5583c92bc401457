// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"context"

	"polder/instance/store"
)

// PeerLog reads the newest lines of the peer log, newest first.
func (n *Node) PeerLog(most int) []store.PeerLine {
	n.cluster.t.Helper()
	lines, err := n.Service.PeerLog(context.Background(), most)
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	return lines
}

// reasons are the codes of the newest lines of the peer log; short of most
// lines they are filled up with "".
func (n *Node) reasons(most int) []string {
	n.cluster.t.Helper()
	codes := make([]string, most)
	for i, line := range n.PeerLog(most) {
		codes[i] = line.Code
	}
	return codes
}
