// SPDX-License-Identifier: EUPL-1.2

//go:build browser

package browsertest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/launcher/flags"
)

// patience bounds a whole test, so that a condition that never comes true is a
// failure and not a test that hangs.
const patience = 3 * time.Minute

// chromium is one browser. Names ending in .test lead to the town; there is no
// other network.
type chromium struct {
	t       *testing.T
	browser *rod.Browser
}

// startChromium starts the browser of the system. Its only trust in the town is
// the key of the town's certificate.
func startChromium(t *testing.T, to *town) *chromium {
	t.Helper()
	bin, ok := launcher.LookPath()
	if !ok {
		t.Fatal("there is no Chromium; install it, or leave out the build tag browser")
	}
	_, port, err := net.SplitHostPort(to.server.Listener.Addr().String())
	check(t, err)
	key := sha256.Sum256(to.server.Certificate().RawSubjectPublicKeyInfo)
	l := launcher.New().Bin(bin).Headless(true).NoSandbox(true).Leakless(false)
	for _, flag := range []flags.Flag{"disable-quic", "disable-background-networking", "disable-component-update",
		"disable-sync", "no-first-run", "disable-dev-shm-usage"} {
		l.Set(flag)
	}
	l.Set("accept-lang", "nl")
	l.Set("host-resolver-rules", fmt.Sprintf("MAP *.test 127.0.0.1:%s, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", port))
	l.Set("ignore-certificate-errors-spki-list", base64.StdEncoding.EncodeToString(key[:]))
	address, err := l.Launch()
	if err != nil {
		t.Fatalf("start %s: %v", bin, err)
	}
	t.Cleanup(func() {
		l.Kill()
		l.Cleanup()
	})
	b := rod.New().ControlURL(address).NoDefaultDevice()
	check(t, b.Connect())
	return &chromium{t: t, browser: b}
}

// check ends the test on an error.
func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
