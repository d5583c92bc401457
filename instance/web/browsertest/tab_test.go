// SPDX-License-Identifier: EUPL-1.2

//go:build browser

package browsertest_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"
)

// tab is a visitor with cookies of their own, who hears everything the browser
// says about the pages: console, refused by the policy, not loaded.
type tab struct {
	*rod.Page
	t    *testing.T
	host string
	log  *console
}

// console collects what a browser says about a page.
type console struct {
	mu    sync.Mutex // guards lines
	lines []string
	marks chan string
}

// soon bounds the wait for one condition.
const soon = 20 * time.Second

// tab opens an empty tab for pages of one host. The subtest t may be another
// one than that of the browser.
func (c *chromium) tab(t *testing.T, host string) *tab {
	t.Helper()
	own, err := c.browser.Incognito()
	check(t, err)
	page, err := own.Page(proto.TargetCreateTarget{})
	check(t, err)
	page = page.Context(t.Context()).Timeout(patience).WithPanic(func(v any) {
		t.Helper()
		t.Fatal(v)
	})
	x := &tab{Page: page, t: t, host: host, log: &console{marks: make(chan string, 1)}}
	go page.EachEvent(x.log.called, x.log.thrown, x.log.entered)()
	x.width(1280)
	return x
}

// markPrefix begins the words by which hear knows that it has heard everything.
const markPrefix = "heard until "

func (c *console) called(e *proto.RuntimeConsoleAPICalled) {
	var words []string
	for _, a := range e.Args {
		words = append(words, a.Value.String()+a.Description)
	}
	if said := strings.Join(words, " "); strings.HasPrefix(said, markPrefix) {
		c.marks <- said
	} else {
		c.add("console." + string(e.Type) + ": " + said)
	}
}

func (c *console) thrown(e *proto.RuntimeExceptionThrown) {
	c.add("uncaught: " + e.ExceptionDetails.Text + " " + e.ExceptionDetails.URL)
}

func (c *console) entered(e *proto.LogEntryAdded) {
	c.add(fmt.Sprintf("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL))
}

func (c *console) add(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, line)
}

// hear returns what was said since the last time, leaving out lines that hold
// one of the expected words.
func (x *tab) hear(expected ...string) []string {
	x.t.Helper()
	x.MustEval(`m => console.debug(m)`, markPrefix+"now")
	select {
	case <-x.log.marks:
	case <-x.GetContext().Done():
		x.t.Fatal("the console of the tab is silent")
	}
	x.log.mu.Lock()
	defer x.log.mu.Unlock()
	said := slices.DeleteFunc(x.log.lines, func(line string) bool {
		return slices.ContainsFunc(expected, func(e string) bool { return strings.Contains(line, e) })
	})
	x.log.lines = nil
	return said
}

// quiet fails if the browser said anything but the expected.
func (x *tab) quiet(expected ...string) {
	x.t.Helper()
	for _, line := range x.hear(expected...) {
		x.t.Errorf("%s: the browser says: %s", x.path(), line)
	}
}

// width makes the window this wide; height is that of a small laptop.
func (x *tab) width(px int) {
	x.t.Helper()
	x.MustSetViewport(px, 900, 1, false)
}

// script switches JavaScript of the pages on or off. Questions of the tests are
// asked through the debugger, which it does not concern.
func (x *tab) script(on bool) {
	x.t.Helper()
	check(x.t, proto.EmulationSetScriptExecutionDisabled{Value: !on}.Call(x))
}

// open goes to a path of the host and waits until it has loaded.
func (x *tab) open(path string) {
	x.t.Helper()
	x.leads(func() { x.MustNavigate("https://" + x.host + path) })
}

// leads does something that opens another page, and waits for that page. It
// needs no script in the page.
func (x *tab) leads(do func()) {
	x.t.Helper()
	loaded := x.MustWaitNavigation()
	do()
	loaded()
}

// until waits for a condition in the page, given as a JavaScript expression
// with parameters a, b, ...; it is asked by the debugger again and again.
func (x *tab) until(condition string, params ...any) {
	x.t.Helper()
	if err := x.Timeout(soon).Wait(rod.Eval(`(a, b) => Boolean(`+condition+`)`, params...)); err != nil {
		x.t.Fatalf("%s: never true: %s %v: %v\nthe page says: %.1500s", x.path(), condition, params, err, x.said("main"))
	}
}

// is fails unless the condition holds now.
func (x *tab) is(what, condition string, params ...any) {
	x.t.Helper()
	if !x.MustEval(`(a, b) => Boolean(`+condition+`)`, params...).Bool() {
		x.t.Errorf("%s: %s: %s %v is false; focus is on %s", x.path(), what, condition, params, x.focused())
	}
}

// said is the text of the first element that fits, with single spaces; "" if
// there is none.
func (x *tab) said(selector string) string {
	x.t.Helper()
	text := x.MustEval(`s => document.querySelector(s)?.textContent ?? ""`, selector).String()
	return strings.Join(strings.Fields(text), " ")
}

// says fails unless the text of the element is this.
func (x *tab) says(selector, want string) {
	x.t.Helper()
	if got := x.said(selector); got != want {
		x.t.Errorf("%s: %s says %q, want %q", x.path(), selector, got, want)
	}
}

// path is where the tab is, without the host.
func (x *tab) path() string {
	return x.MustEval(`() => location.pathname + location.search + location.hash`).String()
}

// status is the HTTP status of the page.
func (x *tab) status() int {
	return x.MustEval(`() => performance.getEntriesByType("navigation")[0].responseStatus`).Int()
}

// focused describes the element with the focus.
func (x *tab) focused() string {
	return x.MustEval(`() => document.activeElement.outerHTML.slice(0, 160)`).String()
}
