// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"strings"
	"testing"
)

func TestAuthority(t *testing.T) {
	for _, c := range []struct {
		scheme, in    string
		public, local string // results; "" is refused
	}{
		{"https", "peer.example", "peer.example", "peer.example"},
		{"https", "Peer.EXAMPLE:443", "peer.example", "peer.example"},
		{"https", "xn--bcher-kva.example", "xn--bcher-kva.example", "xn--bcher-kva.example"},
		{"https", "1password.example", "1password.example", "1password.example"},
		{"https", "peer.example:8443", "", "peer.example:8443"},
		{"https", "peer.example:22", "", "peer.example:22"},
		{"http", "peer.example", "", "peer.example"},
		{"http", "peer.example:80", "", "peer.example"},
		{"http", "gemeente.localhost:3000", "", "gemeente.localhost:3000"},
		{"http", "localhost:3000", "", "localhost:3000"},
		{"http", "127.0.0.1:3000", "", "127.0.0.1:3000"},
		{"http", "10.0.0.1", "", ""},
		{"https", "192.0.2.1", "", ""},
		{"https", "2130706433", "", ""},
		{"https", "0x7f000001", "", ""},
		{"https", "0x7f.1", "", ""},
		{"https", "127.1", "", ""},
		{"https", "[::1]", "", ""},
		{"https", "[::1]:443", "", ""},
		{"https", "peer.example.", "", ""},
		{"https", "peer..example", "", ""},
		{"https", "-peer.example", "", ""},
		{"https", "peer_x.example", "", ""},
		{"https", "peer.example:", "", ""},
		{"https", "peer.example:0", "", ""},
		{"https", "peer.example:0443", "", ""},
		{"https", "peer.example:+443", "", ""},
		{"https", "peer.example:65536", "", ""},
		{"https", "peer.example:443:443", "", ""},
		{"https", "user@peer.example", "", ""},
		{"https", "bücher.example", "", ""},
		{"https", "peer%2eexample", "", ""},
		{"https", "example", "", ""},
		{"https", "", "", ""},
		{"https", strings.Repeat("a", 64) + ".example", "", ""},
		{"https", strings.Repeat("a.", 130) + "example", "", ""},
		{"ftp", "peer.example", "", ""},
		{"", "peer.example", "", ""},
	} {
		if got, _ := Authority(c.scheme, c.in, false); got != c.public {
			t.Errorf("%s://%s: got %q, want %q", c.scheme, c.in, got, c.public)
		}
		if got, _ := Authority(c.scheme, c.in, true); got != c.local {
			t.Errorf("%s://%s with allowPrivate: got %q, want %q", c.scheme, c.in, got, c.local)
		}
	}
}
